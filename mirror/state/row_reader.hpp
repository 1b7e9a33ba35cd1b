// Reads a flat row back that one of the codecs here wrote; every step is checked, so that a damaged
// store is a CodecError and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "schema/row_codec.hpp"

namespace miroir {

class RowReader {
 public:
  // `what` stands in errors: "a batch".
  RowReader(Row values, const char* what) : values_{std::move(values)}, what_{what} {}

  bool at_end() const { return next_ == values_.size(); }
  Value value() {
    if (at_end()) throw CodecError{std::string{what_} + " ends too early"};
    return std::move(values_[next_++]);
  }
  std::int64_t number() { return get<std::int64_t>(); }
  bool flag() { return get<bool>(); }
  std::string text() { return get<std::string>(); }
  Bytes bytes() { return get<Bytes>(); }
  // The number of an entity, or of a column.
  std::size_t position() {
    const std::int64_t n = number();
    if (n < 0) throw CodecError{std::string{"a negative position in "} + what_};
    return static_cast<std::size_t>(n);
  }
  // How many things follow; each is one value at least.
  std::size_t count() {
    const std::int64_t n = number();
    if (n < 0 || static_cast<std::size_t>(n) > values_.size() - next_)
      throw CodecError{std::string{what_} + " says that more follows than there is"};
    return static_cast<std::size_t>(n);
  }

 private:
  template <class T>
  T get() {
    Value read = value();
    T* found = std::get_if<T>(&read);
    if (found == nullptr) throw CodecError{std::string{what_} + " holds a value of the wrong kind"};
    return std::move(*found);
  }

  Row values_;
  std::size_t next_ = 0;
  const char* what_;
};

}  // namespace miroir

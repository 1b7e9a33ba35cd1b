// Collects what is wrong with a file, and finds the words for it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/mapping_file.hpp"

namespace miroir {

class Mistakes {
 public:
  explicit Mistakes(std::string file) : file_{std::move(file)} {}

  void add(std::string pointer, std::string wrong, std::string right) {
    list_.push_back({file_, std::move(pointer), std::move(wrong), std::move(right)});
  }
  // The database has no table of this name.
  void no_table(std::string pointer, std::string_view name, std::string_view site = "");
  // The column must be given a value, and nothing does.
  void no_value(std::string pointer, std::string_view column);
  bool empty() const { return list_.empty(); }
  const std::vector<Mistake>& list() const { return list_; }
  std::vector<Mistake> take() { return std::move(list_); }

 private:
  std::string file_;
  std::vector<Mistake> list_;
};

// The JSON pointer of a member: '~' and '/' in its name are escaped.
std::string member(std::string_view pointer, std::string_view name);
std::string member(std::string_view pointer, std::size_t item);

using Names = std::vector<std::string>;

// The name that was probably meant: one that a few typing errors change into `name`; nullopt if
// none is near.
std::optional<std::string> nearest(std::string_view name, const Names& names);
// "a, b, c"
std::string listed(const Names& names);
// "did you mean 'email'? One of: email, name" - or without the question when nothing is near.
std::string suggestion(std::string_view name, const Names& names);

}  // namespace miroir

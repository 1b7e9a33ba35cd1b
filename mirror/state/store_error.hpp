// Why a store cannot be used, and what to do about it.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "mirror/request.hpp"

namespace miroir {

class StoreError : public std::runtime_error {
 public:
  StoreError(const std::string& what, std::string hint)
      : std::runtime_error{what}, hint_{std::move(hint)} {}
  const std::string& hint() const { return hint_; }

 private:
  std::string hint_;
};

// What an exception of an open store says of its file or its disk; nothing: it says nothing of
// them.
std::optional<StoreError> failure_of_file(const std::exception& error);

// The file says something that this program never wrote.
StoreError damaged(const std::string& what);

// A cycle kept the file to itself for longer than anybody wants to wait; nothing was changed.
class StoreBusy : public StoreError {
 public:
  using StoreError::StoreError;
};

// Somebody else's answer to the same question waits already for the next cycle; nothing was asked.
class AnsweredAlready : public std::runtime_error {
 public:
  explicit AnsweredAlready(Request first)
      : std::runtime_error{first.by + " has answered already"}, first_{std::move(first)} {}
  const Request& first() const { return first_; }

 private:
  Request first_;
};

}  // namespace miroir

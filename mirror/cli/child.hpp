// Other programs, and this one again, as children: of a group of their own, so that whoever ends us
// on a terminal does not end them half-way. Nothing that is open here is open there.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace miroir {

inline constexpr auto this_program = "/proc/self/exe";
inline constexpr int third_in_child = 3;

// Starts `program` with these words (the first is its name), reading `input` (-1: nothing) and
// writing to `output` and `error` (-1: nowhere; ours where it is STDERR_FILENO) and, as descriptor
// third_in_child, to `third` (-1: it is closed there); the caller closes them. Returns its pid, or
// -1, which is logged.
struct ChildStart {
  std::string program;
  std::vector<std::string> words;
  std::map<std::string, std::string> environment{};  // Added to ours.
  int input = -1, output = -1, error = 2, third = -1;
};
pid_t start_child(const ChildStart& start);

// How it ended, as a shell says it; nullopt: it has not yet. Does not wait.
std::optional<int> ended(pid_t child);
// Waits for its end; after `limit` it is killed with its whole group: nullopt.
std::optional<int> await_child(pid_t child, std::chrono::milliseconds limit);

// Runs a program to its end. Throws std::runtime_error where it cannot be started, does not end in
// time (it is killed), or ends with anything but 0; with the last of what it said on standard
// error.
void run_child(ChildStart start, const std::string& input, std::chrono::milliseconds limit);

}  // namespace miroir

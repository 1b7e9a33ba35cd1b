#include "mirror/status/verb_child.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "mirror/cli/child.hpp"

namespace miroir {
namespace {

constexpr std::size_t said_max = 16 << 20;

struct Pipe {
  int read = -1, write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {ends[0], ends[1]};
}

void close_both(const Pipe& pipe) {
  if (pipe.read >= 0) ::close(pipe.read);
  if (pipe.write >= 0) ::close(pipe.write);
}

// What has come by now; a part of it where it is more than anybody keeps.
void read_into(int from, std::string& text) {
  std::array<char, 65'536> buffer;
  for (ssize_t got = 1; got > 0;) {
    got = ::read(from, buffer.data(), buffer.size());
    if (got > 0 && text.size() < said_max)
      text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

VerbChild::~VerbChild() {
  if (output_ >= 0) ::close(output_);
  if (progress_fd_ >= 0) ::close(progress_fd_);
}

bool VerbChild::start(std::vector<std::string> words, const std::vector<std::string>& arguments) {
  if (is_running()) return false;
  words.insert(words.begin(), "miroir");
  words.insert(words.end(), {"--json", "--progress-fd", std::to_string(third_in_child)});
  if (!arguments.empty()) words.emplace_back("--");
  words.insert(words.end(), arguments.begin(), arguments.end());
  const Pipe output = make_pipe(), progress = make_pipe();
  if (output.read >= 0 && progress.read >= 0)
    pid_ = start_child({.program = this_program,
                        .words = std::move(words),
                        .output = output.write,
                        .third = progress.write});
  if (pid_ < 0) {
    close_both(output);
    close_both(progress);
    return false;
  }
  ::close(output.write);
  ::close(progress.write);
  output_ = output.read;
  progress_fd_ = progress.read;
  said_.clear();
  progress_.clear();
  unread_.clear();
  asked_to_stop_ = false;
  return true;
}

void VerbChild::read_all() {
  read_into(output_, said_);
  read_into(progress_fd_, unread_);
  const std::size_t end = unread_.rfind('\n');
  if (end == std::string::npos) return;
  const std::size_t line = end == 0 ? std::string::npos : unread_.rfind('\n', end - 1);
  const std::size_t begin = line == std::string::npos ? 0 : line + 1;
  progress_ = unread_.substr(begin, end - begin);
  unread_.erase(0, end + 1);
}

bool VerbChild::poll() {
  if (!is_running()) return false;
  // Asked before the last reading: what it said until its end is there then.
  const auto how = ended(pid_);
  read_all();
  if (!how) return false;
  ::close(output_);
  ::close(progress_fd_);
  pid_ = output_ = progress_fd_ = -1;
  exit_ = *how < 128 ? *how : 1;  // Killed.
  return true;
}

bool VerbChild::stop() {
  if (is_running() && !std::exchange(asked_to_stop_, true)) ::kill(pid_, SIGTERM);
  poll();
  return !is_running();
}

void VerbChild::kill() {
  if (is_running()) ::kill(pid_, SIGKILL);
}

}  // namespace miroir

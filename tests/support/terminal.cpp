#include "tests/support/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace miroir::test {
namespace {

// A session of its own, whose terminal is the first that it opens.
pid_t spawn_at(const Program& program, const std::string& terminal) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, terminal.c_str(), O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  const pid_t pid = spawn(program, actions, &attributes);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

}  // namespace

Terminal::Terminal(const Program& program, int columns)
    : give_up_{std::chrono::steady_clock::now() + program.timeout},
      screen_{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)} {
  std::array<char, 128> name{};
  if (screen_ < 0 || ::grantpt(screen_) != 0 || ::unlockpt(screen_) != 0 ||
      ::ptsname_r(screen_, name.data(), name.size()) != 0)
    throw std::runtime_error{"cannot make a terminal"};
  const winsize size{
      .ws_row = 24, .ws_col = static_cast<unsigned short>(columns), .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(screen_, TIOCSWINSZ, &size);
  pid_ = spawn_at(program, name.data());
}

Terminal::~Terminal() {
  if (!ended_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(screen_);
}

// The screen's end cannot be read any more once nobody has the terminal open.
bool Terminal::read_on() {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      give_up_ - std::chrono::steady_clock::now());
  pollfd readable{.fd = screen_, .events = POLLIN, .revents = 0};
  if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) <= 0)
    throw std::runtime_error{"took too long at a terminal: " + shown_};
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(screen_, buffer.data(), buffer.size());
  if (got <= 0) return false;
  shown_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

void Terminal::await(const std::string& text) {
  std::size_t at = std::string::npos;
  while ((at = shown_.find(text, awaited_)) == std::string::npos) {
    if (!read_on()) throw std::runtime_error{"ended without " + text + ": " + shown_};
  }
  awaited_ = at + text.size();
}

void Terminal::type(const std::string& keys) const {
  if (::write(screen_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    throw std::runtime_error{"cannot type at a terminal"};
}

bool Terminal::echoes() const {
  termios state{};
  ::tcgetattr(screen_, &state);
  return (state.c_lflag & ECHO) != 0;
}

int Terminal::wait() {
  while (read_on()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ended_ = true;
  return exit_code_of(status);
}

}  // namespace miroir::test

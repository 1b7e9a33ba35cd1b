#include "mirror/cli/progress.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

using namespace std::chrono_literals;
constexpr auto between_drawings = 100ms;
constexpr auto between_records = 200ms;
constexpr auto between_lines = 10s;
constexpr std::size_t bar_width = 24;

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(const Progress& progress) {
  if (progress.total == 0) return fmt::format("{}: {}", progress.stage, progress.done);
  return fmt::format("{}: {} of {}", progress.stage, progress.done, progress.total);
}

std::string progress_bar(const Progress& progress, std::size_t width) {
  if (progress.total == 0) return shortened(progress_line(progress), width);
  const std::size_t done = std::min(progress.done, progress.total);
  const std::size_t filled = bar_width * done / progress.total;
  std::string bar = "[";
  for (std::size_t i = 0; i < bar_width; ++i) bar += i < filled ? "█" : "·";
  return shortened(fmt::format("{}] {:3}% {}", bar, 100 * done / progress.total, progress.stage),
                   width);
}

ProgressDisplay::Style ProgressDisplay::style_for(const Context& context) {
  if (context.progress_fd) return Style::program;
  if (context.json) return Style::none;
  return ::isatty(STDERR_FILENO) == 1 ? Style::bar : Style::lines;
}

ProgressDisplay::ProgressDisplay(const Context& context)
    : style_{style_for(context)},
      fd_{context.progress_fd.value_or(-1)},
      shown_{std::chrono::steady_clock::now() - between_records} {
  if (style_ == Style::lines) shown_ = std::chrono::steady_clock::now();
  if (style_ != Style::program) return;
  std::signal(SIGPIPE, SIG_IGN);
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

ProgressDisplay::~ProgressDisplay() {
  const std::scoped_lock lock{mutex_};
  if (drawn_) erase();
}

void ProgressDisplay::show(const Progress& progress) {
  if (style_ == Style::none) return;
  const std::scoped_lock lock{mutex_};
  const auto now = std::chrono::steady_clock::now();
  const auto pause = style_ == Style::bar       ? std::chrono::milliseconds{between_drawings}
                     : style_ == Style::program ? std::chrono::milliseconds{between_records}
                                                : std::chrono::milliseconds{between_lines};
  if (now - shown_ < pause) return;
  shown_ = now;
  draw(progress);
}

// In one piece, since lines of two threads must not mix; a reader that is too slow misses some.
void ProgressDisplay::tell(const Progress& progress) {
  const std::string line =
      nlohmann::json{
          {"stage", progress.stage}, {"done", progress.done}, {"total", progress.total}}
          .dump() +
      "\n";
  [[maybe_unused]] const ssize_t written = ::write(fd_, line.data(), line.size());
}

void ProgressDisplay::draw(const Progress& progress) {
  if (style_ == Style::program) return tell(progress);
  if (style_ == Style::lines) {
    spdlog::info(progress_line(progress));
    return;
  }
  erase();
  fmt::print(stderr, "{}", progress_bar(progress, terminal_width() - 1));
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressDisplay::erase() { fmt::print(stderr, "\r\x1b[K"); }

}  // namespace miroir

#include "mirror/state/notices.hpp"

#include "mirror/state/side_tables.hpp"

namespace miroir {
namespace {

constexpr const char* these = "the notices";

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += item + "\n";
  return text;
}

std::vector<std::string> divided(const std::string& text) {
  std::vector<std::string> items;
  for (std::size_t from = 0, end; (end = text.find('\n', from)) != std::string::npos; from = end + 1)
    items.push_back(text.substr(from, end - from));
  return items;
}

}  // namespace

Notices::Notices(const std::filesystem::path& state)
    : db_{explained(these, [&] { return open_side_tables(state); })} {}
Notices::~Notices() = default;

std::optional<Notice> Notices::find(const std::string& event, const std::string& way) const {
  return explained(these, [&]() -> std::optional<Notice> {
    SQLite::Statement row{*db_, "SELECT items FROM notice WHERE event = ? AND way = ?"};
    row.bind(1, event);
    row.bind(2, way);
    if (!row.executeStep()) return std::nullopt;
    return Notice{event, way, divided(row.getColumn(0).getString())};
  });
}

void Notices::keep(const Notice& notice, const std::string& told) {
  explained(these, [&] {
    SQLite::Statement row{
        *db_, "INSERT OR REPLACE INTO notice (event, way, items, told) VALUES (?, ?, ?, ?)"};
    row.bind(1, notice.event);
    row.bind(2, notice.way);
    row.bind(3, joined(notice.items));
    row.bind(4, told);
    row.exec();
  });
}

void Notices::forget(const std::string& event, const std::string& way) {
  explained(these, [&] {
    SQLite::Statement row{*db_, "DELETE FROM notice WHERE event = ? AND way = ?"};
    row.bind(1, event);
    row.bind(2, way);
    row.exec();
  });
}

}  // namespace miroir

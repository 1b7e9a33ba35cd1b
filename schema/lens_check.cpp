// What can be wrong with how a column converts: beside blanks, sizes, losses and lookups, which are
// field_check.cpp's.
#include <fmt/core.h>

#include <algorithm>

#include "schema/mapping_stages.hpp"
#include "schema/time_zone.hpp"

namespace miroir {
namespace {

class ColumnsCheck {
 public:
  ColumnsCheck(const FieldDraft& field, const ColumnDraft& column, Mistakes& mistakes)
      : field_{field}, column_{column}, mistakes_{mistakes} {}

  void run() {
    if (column_.several) return check_several();
    if (column_.split) only_for_several("split");
    if (column_.join) only_for_several("join");
  }

 private:
  void check_several() {
    if (field_.type && field_.type != FieldType::text) {
      add("columns", fmt::format("a {} stands in one column", name_of(*field_.type)),
          "\"column\", or \"type\": \"text\"");
    }
    if (column_.split.has_value() == column_.join.has_value()) {
      add("columns",
          column_.split ? "'split' and 'join' are two ways to divide one text"
                        : "nothing says how the text is divided over the columns",
          "\"split\": \" \", which fills one after the other, or \"join\": \" \", for a first name "
          "and a last name");
    } else if (column_.join && column_.columns.size() != 2) {
      add("join", "'join' is for two columns, the first word and the rest",
          "two columns, or \"split\"");
    }
    if (column_.lookup)
      add("lookup", "a text in several columns has no lookup", "leave 'lookup' out");
  }

  void only_for_several(const char* word) {
    add(word, fmt::format("'{}' is for a text in several columns", word),
        fmt::format("\"columns\": [...], or leave '{}' out", word));
  }

  void add(const char* word, std::string wrong, std::string right) {
    mistakes_.add(member(column_.pointer, word), std::move(wrong), std::move(right));
  }

  const FieldDraft& field_;
  const ColumnDraft& column_;
  Mistakes& mistakes_;
};

const Names code_pages{"cp437",  "cp850",  "cp852",      "cp858",
                       "cp1250", "cp1252", "iso-8859-1", "iso-8859-15"};

void check_code_page(const ColumnDraft& column, Mistakes& mistakes) {
  const std::string& name = *column.code_page;
  const std::string pointer = member(column.pointer, "code_page");
  if (std::find(code_pages.begin(), code_pages.end(), name) == code_pages.end()) {
    mistakes.add(pointer, fmt::format("there is no code page '{}'", name),
                 suggestion(name, code_pages));
  } else if (!find_code_page(name)) {
    mistakes.add(pointer, fmt::format("this system's iconv does not know '{}'", name),
                 "the C library's modules for it");
  }
}

bool is_number(FieldType type) {
  return type == FieldType::integer || type == FieldType::decimal || type == FieldType::counter;
}

}  // namespace

void check_columns(const FieldDraft& field, const ColumnDraft& column, Mistakes& mistakes) {
  ColumnsCheck{field, column, mistakes}.run();
}

void check_conversion(FieldType type, const ColumnDraft& column, Mistakes& mistakes) {
  const auto refuse = [&](const char* word, const char* whom) {
    mistakes.add(member(column.pointer, word),
                 fmt::format("'{}' does not fit the type {}", word, name_of(type)),
                 fmt::format("leave it out; it is for {}", whom));
  };
  if (column.times && !is_number(type)) refuse("times", "integer, decimal and counter");
  if (column.code_page && type != FieldType::text && type != FieldType::code)
    refuse("code_page", "text and code");
  if (column.code_page) check_code_page(column, mistakes);
  if (!column.time_zone) return;
  if (type != FieldType::date) return refuse("time_zone", "date");
  if (is_time_zone(*column.time_zone)) return;
  const Names known = time_zones();
  const auto meant = nearest(*column.time_zone, known);
  mistakes.add(member(column.pointer, "time_zone"),
               fmt::format("there is no time zone '{}'", *column.time_zone),
               known.empty() ? "the package tzdata, which this system lacks"
               : meant       ? fmt::format("did you mean '{}'?", *meant)
                             : "a zone's name, as \"Europe/Paris\"");
}

void check_folding(const FieldDraft& field, Mistakes& mistakes) {
  if (field.type == FieldType::text) return;
  const auto refuse = [&](const char* word) {
    mistakes.add(member(field.pointer, word),
                 fmt::format("'{}' does not fit the type {}", word, name_of(*field.type)),
                 "leave it out; it is for text (a code has both)");
  };
  if (field.folding.letters != Folding::Letters::as_written) refuse("case");
  if (field.folding.trim) refuse("trim");
}

}  // namespace miroir

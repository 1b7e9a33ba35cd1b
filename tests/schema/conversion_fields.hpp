// The fields of the conversion vectors, as a mapping file says them.
#pragma once

namespace miroir::testing::fields {

inline constexpr const char* country = R"({"type": "code", "shop": "country",
    "erp": {"column": "Country_Region Code", "lookup": {"FR": ["", "FR", "F"], "BE": "BE", "DE": "D"}}})";
inline constexpr const char* name = R"({"type": "text", "shop": "name",
    "erp": {"columns": ["Name", "Name 2"], "split": " ", "blank": "", "length": 50}})";
inline constexpr const char* order_day = R"({"type": "date", "shop": {"column": "placed_at",
    "time_zone": "Europe/Paris"}, "erp": {"column": "Order Date", "blank": "1753-01-01"}})";
inline constexpr const char* plain_day = R"({"type": "date", "shop": "day",
    "erp": {"column": "Date", "blank": "1753-01-01"}})";
inline constexpr const char* clock_time = R"({"type": "time", "shop": "at",
    "erp": {"column": "Time", "blank": "1753-01-01"}})";
inline constexpr const char* moment = R"({"type": "instant", "shop": "changed_at", "erp": {"column":
    "Last Modified Date Time", "blank": "1753-01-01", "loss": ["precision"]}})";
inline constexpr const char* amount =
    R"({"type": "decimal", "scale": 2, "shop": "total", "erp": "Line Amount"})";
inline constexpr const char* note =
    R"({"type": "text", "shop": "note", "erp": {"column": "Note", "blank": ""}})";
// Of a shop that leaves some texts empty and others NULL.
inline constexpr const char* bare_note =
    R"({"type": "text", "shop": {"column": "note", "blank": ""}, "erp": {"column": "Note", "blank": ""}})";
inline constexpr const char* code = R"({"type": "code", "shop": "sku", "erp": "No_"})";
inline constexpr const char* number_code =
    R"({"type": "code", "shop": "sku", "erp": {"column": "No_", "blank": 0}})";
inline constexpr const char* mail = R"({"type": "text", "case": "lower", "trim": true,
    "shop": "email", "erp": {"column": "E-Mail", "blank": ""}})";
inline constexpr const char* currency = R"({"type": "code", "shop": "currency",
    "erp": {"column": "Currency Code", "lookup": {"EUR": "", "CHF": "CHF"}}})";
inline constexpr const char* flag = R"({"type": "boolean", "shop": "blocked", "erp": "Blocked"})";
inline constexpr const char* state = R"({"type": "enumeration",
    "shop": {"column": "state", "lookup": {"open": "open", "released": "released"}},
    "erp": {"column": "Status", "lookup": {"open": 0, "released": 1}}})";
inline constexpr const char* cases = R"({"type": "decimal", "scale": 0, "shop": "bottles",
    "erp": {"column": "Quantity", "times": 6}})";
inline constexpr const char* cp850 = R"({"type": "text", "shop": "name",
    "erp": {"column": "Name", "blank": "", "code_page": "cp850"}})";
inline constexpr const char* cp1252 = R"({"type": "text", "shop": "name",
    "erp": {"column": "Name", "blank": "", "code_page": "cp1252"}})";
inline constexpr const char* short_text = R"({"type": "text", "shop": "note",
    "erp": {"column": "Note", "blank": "", "length": 8}})";

}  // namespace miroir::testing::fields

#include "mirror/state/request_codec.hpp"

#include <array>
#include <utility>

#include "mirror/state/row_reader.hpp"
#include "schema/overload.hpp"

namespace miroir {
namespace {

std::int64_t number_of(SiteId site) { return static_cast<std::int64_t>(index(site)); }

void append(Row& row, const Key& key) {
  row.emplace_back(static_cast<std::int64_t>(key.size()));
  row.insert(row.end(), key.begin(), key.end());
}

Row body_of(const Resync& resync) {
  Row body{resync.entity, resync.from ? Value{number_of(*resync.from)} : Value{Null{}}};
  for (const Resync::Root& root : resync.roots) {
    for (const SiteId site : both_sites) {
      append(body, root.keys[index(site)].value_or(Key{}));
      const auto& seen = root.seen[index(site)];
      body.emplace_back(static_cast<std::int64_t>(seen.size()));
      for (const Resync::SeenRow& row : seen) {
        body.emplace_back(row.entity);
        append(body, row.key);
        append(body, row.row);
      }
    }
  }
  return body;
}

Row body_of(const Ignoring& ignore) {
  Row body{ignore.ignored, Null{}, Null{}, Null{}};
  if (const auto& item = ignore.set_aside)
    body = {ignore.ignored, item->id, item->since, item->what};
  for (const Ignoring::Question& one : ignore.questions)
    body.insert(body.end(), {one.held, one.seen[0], one.seen[1], one.change});
  return body;
}

Row body_of(const Asked& what) {
  return std::visit(
      Overload{[](const AnswerFields& answer) {
                 Row row;
                 for (const Choice& c : answer.choices)
                   row.insert(row.end(), {c.held, c.value, c.seen[0], c.seen[1]});
                 return row;
               },
               [](const AnswerDeletion& answer) {
                 return Row{answer.held, answer.keep, answer.seen};
               },
               [](const Undo& undo) { return Row{undo.decision}; },
               [](const Retry& retry) { return Row{retry.set_aside}; },
               [](const Link& link) {
                 Row row{link.entity};
                 for (const Key& key : link.keys) append(row, key);
                 return row;
               },
               [](const Unlink& unlink) {
                 return Row{unlink.record.raw(),
                            unlink.keeper ? Value{number_of(*unlink.keeper)} : Value{Null{}}};
               },
               [](const Resync& resync) { return body_of(resync); },
               [](const Ignoring& ignore) { return body_of(ignore); }},
      what);
}

// What append() wrote.
Row read_row(RowReader& in) {
  Row row(in.count());
  for (Value& value : row) value = in.value();
  return row;
}

std::optional<SiteId> read_site(RowReader& in) {
  const Value read = in.value();
  if (is_null(read)) return std::nullopt;
  const auto* number = std::get_if<std::int64_t>(&read);
  for (const SiteId site : both_sites) {
    if (number != nullptr && *number == number_of(site)) return site;
  }
  throw CodecError{"a request names a site that is none"};
}

// What follows `T{...}` in braces is read from left to right.
Asked read_answer(RowReader& in) {
  AnswerFields answer;
  while (!in.at_end())
    answer.choices.push_back(Choice{in.number(), in.value(), {in.value(), in.value()}});
  return answer;
}

Asked read_deletion(RowReader& in) { return AnswerDeletion{in.number(), in.flag(), in.number()}; }
Asked read_undo(RowReader& in) { return Undo{in.number()}; }
Asked read_retry(RowReader& in) { return Retry{in.number()}; }

Asked read_link(RowReader& in) {
  Link link{in.text(), {}};
  for (Key& key : link.keys) key = read_row(in);
  return link;
}

Asked read_unlink(RowReader& in) { return Unlink{RecordId{in.number()}, read_site(in)}; }

Asked read_resync(RowReader& in) {
  Resync resync{in.text(), read_site(in), {}};
  while (!in.at_end()) {
    Resync::Root& root = resync.roots.emplace_back();
    for (const SiteId site : both_sites) {
      if (Key key = read_row(in); !key.empty()) root.keys[index(site)] = std::move(key);
      const std::size_t rows = in.count();
      for (std::size_t i = 0; i < rows; ++i)
        root.seen[index(site)].push_back(Resync::SeenRow{in.text(), read_row(in), read_row(in)});
    }
  }
  return resync;
}

Asked read_ignore(RowReader& in) {
  Ignoring ignore{in.flag(), {}, {}};
  const Value id = in.value(), since = in.value(), what = in.value();
  if (!is_null(id)) {
    RowReader item{Row{id, since, what}, "a request"};
    ignore.set_aside = Ignoring::SetAside{item.number(), item.number(), item.text()};
  }
  while (!in.at_end())
    ignore.questions.push_back(
        Ignoring::Question{in.number(), {in.value(), in.value()}, in.number()});
  return ignore;
}

// In the order of Asked.
struct Kind {
  std::string_view name;
  Asked (*read)(RowReader& in);
};
constexpr std::array kinds{
    Kind{"answer", read_answer}, Kind{"deletion", read_deletion}, Kind{"undo", read_undo},
    Kind{"retry", read_retry},   Kind{"link", read_link},         Kind{"unlink", read_unlink},
    Kind{"resync", read_resync}, Kind{"ignore", read_ignore},
};
static_assert(kinds.size() == std::variant_size_v<Asked>);

}  // namespace

std::string_view kept_kind(const Asked& what) { return kinds[what.index()].name; }

std::string encode_request(const Asked& what) { return encode_row(body_of(what)); }

Asked decode_request(std::string_view kind, std::string_view bytes) {
  for (const Kind& known : kinds) {
    if (known.name != kind) continue;
    RowReader in{decode_row(bytes), "a request"};
    Asked what = known.read(in);
    if (!in.at_end()) throw CodecError{"a request goes on after its end"};
    return what;
  }
  throw CodecError{"a request of an unknown kind: " + std::string{kind}};
}

}  // namespace miroir

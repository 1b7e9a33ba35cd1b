// Requests of people: written beside a running cycle, as pauses are, and ended by one.
#include "mirror/state/store_impl.hpp"

namespace miroir {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

constexpr const char* kinds[] = {"answer", "deletion", "undo",   "retry",
                                 "link",   "unlink",   "resync", "ignore"};
static_assert(std::size(kinds) == std::variant_size_v<Asked>);

void append(Row& row, const Key& key) {
  row.emplace_back(static_cast<std::int64_t>(key.size()));
  row.insert(row.end(), key.begin(), key.end());
}

Row body_of(const Resync& resync) {
  Row body{resync.entity, resync.from ? Value{number(*resync.from)} : Value{Null{}}};
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
  return std::visit(Overload{[](const AnswerFields& answer) {
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
                               return Row{unlink.record.raw(), unlink.keeper
                                                                   ? Value{number(*unlink.keeper)}
                                                                   : Value{Null{}}};
                             },
                             [](const Resync& resync) { return body_of(resync); },
                             [](const Ignoring& ignore) { return body_of(ignore); }},
                    what);
}

std::int64_t number_in(const Row& body, std::size_t at) {
  return std::get<std::int64_t>(body.at(at));
}

AnswerFields read_answer(const Row& body) {
  AnswerFields answer;
  for (std::size_t i = 0; i < body.size(); i += 4)
    answer.choices.push_back(
        {number_in(body, i), body.at(i + 1), {body.at(i + 2), body.at(i + 3)}});
  return answer;
}

// What append() wrote, and past it.
Row take_row(const Row& body, std::size_t& at) {
  const auto size = static_cast<std::size_t>(number_in(body, at++));
  Row row;
  for (std::size_t i = 0; i < size; ++i) row.push_back(body.at(at++));
  return row;
}

Link read_link(const Row& body) {
  Link link{std::get<std::string>(body.at(0)), {}};
  std::size_t at = 1;
  for (Key& key : link.keys) key = take_row(body, at);
  return link;
}

Unlink read_unlink(const Row& body) {
  Unlink unlink{RecordId{number_in(body, 0)}, {}};
  if (!is_null(body.at(1))) unlink.keeper = static_cast<SiteId>(number_in(body, 1));
  return unlink;
}

Resync read_resync(const Row& body) {
  Resync resync{std::get<std::string>(body.at(0)), {}, {}};
  if (!is_null(body.at(1))) resync.from = static_cast<SiteId>(number_in(body, 1));
  for (std::size_t at = 2; at < body.size();) {
    Resync::Root& root = resync.roots.emplace_back();
    for (const SiteId site : both_sites) {
      if (Key key = take_row(body, at); !key.empty()) root.keys[index(site)] = std::move(key);
      const auto rows = number_in(body, at++);
      for (std::int64_t i = 0; i < rows; ++i) {
        Resync::SeenRow seen{std::get<std::string>(body.at(at++)), {}, {}};
        seen.key = take_row(body, at);
        seen.row = take_row(body, at);
        root.seen[index(site)].push_back(std::move(seen));
      }
    }
  }
  return resync;
}

Ignoring read_ignore(const Row& body) {
  Ignoring ignore{std::get<bool>(body.at(0)), {}, {}};
  if (!is_null(body.at(1)))
    ignore.set_aside = {number_in(body, 1), number_in(body, 2), std::get<std::string>(body.at(3))};
  for (std::size_t i = 4; i < body.size(); i += 4)
    ignore.questions.push_back(
        {number_in(body, i), {body.at(i + 1), body.at(i + 2)}, number_in(body, i + 3)});
  return ignore;
}

Asked asked_of(const std::string& kind, const Row& body) {
  if (kind == "answer") return read_answer(body);
  if (kind == "deletion")
    return AnswerDeletion{number_in(body, 0), std::get<bool>(body.at(1)), number_in(body, 2)};
  if (kind == "undo") return Undo{number_in(body, 0)};
  if (kind == "retry") return Retry{number_in(body, 0)};
  if (kind == "link") return read_link(body);
  if (kind == "unlink") return read_unlink(body);
  if (kind == "resync") return read_resync(body);
  if (kind == "ignore") return read_ignore(body);
  throw std::logic_error{"a request of an unknown kind: " + kind};
}

}  // namespace

EndedRequest read_request(SQLite::Statement& row) {
  EndedRequest ended;
  Request& request = ended.request;
  request.id = row.getColumn(0).getInt64();
  request.made = row.getColumn(1).getString();
  request.by = row.getColumn(2).getString();
  request.reason = row.getColumn(3).getString();
  request.what = asked_of(row.getColumn(4).getString(), decode_row(blob_of(row.getColumn(5))));
  if (!row.getColumn(6).isNull()) request.record = RecordId{row.getColumn(6).getInt64()};
  if (row.getColumn(7).isNull()) return ended;
  ended.end = {.done = row.getColumn(8).getInt() != 0,
               .message = row.getColumn(9).getString(),
               .record = request.record,
               .cycle = CycleNumber{row.getColumn(7).getInt64()}};
  return ended;
}

namespace {

std::vector<EndedRequest> read_requests(SQLite::Statement& statement) {
  std::vector<EndedRequest> all;
  while (statement.executeStep()) all.push_back(read_request(statement));
  statement.reset();
  return all;
}

// What the rows looked like counts until the request has ended, and is personal data.
void forget_what_was_seen(Resync& resync) {
  for (Resync::Root& root : resync.roots) root.seen = {};
}

}  // namespace

std::int64_t Store::Impl::insert(const Request& request) {
  auto& statement = prepare(
      "INSERT INTO request (made, who, reason, kind, body, record) VALUES (?, ?, ?, ?, ?, ?) "
      "RETURNING id");
  statement.bind(1, request.made);
  statement.bind(2, request.by);
  statement.bind(3, request.reason);
  statement.bind(4, kinds[request.what.index()]);
  bind_blob(statement, 5, encode_row(body_of(request.what)));
  if (request.record) statement.bind(6, number(*request.record));
  statement.executeStep();
  const std::int64_t made = statement.getColumn(0).getInt64();
  finish(statement);
  return made;
}

std::int64_t Store::ask(const Request& request) {
  return impl_->beside_a_cycle(*this, [&] { return impl_->insert(request); });
}

// SQLite takes -1 for no limit.
std::vector<Request> Store::requests() const { return requests(0, static_cast<std::size_t>(-1)); }

std::vector<Request> Store::requests(std::int64_t after, std::size_t limit) const {
  auto& statement =
      impl_->prepare("SELECT * FROM request WHERE ended IS NULL AND id > ? ORDER BY id LIMIT ?");
  statement.bind(1, after);
  statement.bind(2, static_cast<std::int64_t>(limit));
  std::vector<Request> pending;
  for (EndedRequest& one : read_requests(statement)) pending.push_back(std::move(one.request));
  return pending;
}

void Store::end_request(std::int64_t id, const RequestEnd& end) {
  auto& statement = impl_->prepare(
      "UPDATE request SET ended = ?, done = ?, message = ?, record = ifnull(?, record) WHERE id "
      "= "
      "?");
  statement.bind(1, number(end.cycle));
  statement.bind(2, end.done ? 1 : 0);
  statement.bind(3, end.message);
  if (end.record) statement.bind(4, number(*end.record));
  statement.bind(5, id);
  finish(statement);
  impl_->shorten_resync(id);
}

void Store::Impl::shorten_resync(std::int64_t request) {
  auto& statement = prepare("SELECT body FROM request WHERE id = ? AND kind = 'resync'");
  statement.bind(1, request);
  std::optional<Resync> resync;
  if (statement.executeStep()) resync = read_resync(decode_row(blob_of(statement.getColumn(0))));
  statement.reset();
  if (!resync || !resync->from) return;
  forget_what_was_seen(*resync);
  auto& update = prepare("UPDATE request SET body = ? WHERE id = ?");
  bind_blob(update, 1, encode_row(body_of(*resync)));
  update.bind(2, request);
  finish(update);
}

std::vector<EndedRequest> Store::ended_requests(std::optional<CycleNumber> cycle,
                                                std::size_t limit) const {
  auto& statement = impl_->prepare(
      "SELECT * FROM request WHERE ended IS NOT NULL AND (?1 IS NULL OR ended = ?1) ORDER BY "
      "ended "
      "DESC, id DESC LIMIT ?2");
  if (cycle) statement.bind(1, number(*cycle));
  statement.bind(2, static_cast<std::int64_t>(limit));
  return read_requests(statement);
}

bool Store::was_refused(std::int64_t request) const {
  auto& statement =
      impl_->prepare("SELECT ended IS NOT NULL AND done = 0 FROM request WHERE id = ?");
  statement.bind(1, request);
  const bool refused = statement.executeStep() && statement.getColumn(0).getInt() != 0;
  statement.reset();
  return refused;
}

std::optional<EndedRequest> Store::request(std::int64_t id) const {
  auto& statement = impl_->prepare("SELECT * FROM request WHERE id = ?");
  statement.bind(1, id);
  auto found = read_requests(statement);
  return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

std::vector<EndedRequest> Store::requests_of(RecordId record) const {
  auto& statement = impl_->prepare("SELECT * FROM request WHERE record = ? ORDER BY id");
  statement.bind(1, number(record));
  return read_requests(statement);
}

void Store::dissolve(RecordId record, RecordId into) {
  for (const char* sql :
       {"UPDATE history SET record = ?2 WHERE record = ?1",
        "UPDATE conflict SET record = ?2 WHERE record = ?1",
        "UPDATE held SET record = ?2 WHERE record = ?1",
        "UPDATE request SET record = ?2 WHERE record = ?1",
        "DELETE FROM match_value WHERE record = ?1 AND ?2 > 0",
        "DELETE FROM turn WHERE record = ?1 AND ?2 > 0",
        "DELETE FROM set_aside_write WHERE root = ?1 AND ?2 > 0",
        "DELETE FROM reference WHERE child = ?1 AND ?2 > 0",
        "UPDATE OR REPLACE reference SET parent = ?2 WHERE parent = ?1",
        "DELETE FROM row_reference WHERE child = ?1 AND ?2 > 0",
        "UPDATE OR REPLACE row_reference SET parent = ?2 WHERE parent = ?1",
        // Its id is not given to another, and whoever still names it finds out whose it was.
        "INSERT INTO former_record (id, version, entity, key_0, key_1, head) SELECT id, (SELECT "
        "ifnull(max(version), 0) FROM mapping), entity, key_0, key_1, head FROM record WHERE id "
        "= "
        "?1 AND ?2 > 0",
        "DELETE FROM record WHERE id = ?1 AND ?2 > 0"}) {
    auto& statement = impl_->prepare(sql);
    statement.bind(1, number(record));
    statement.bind(2, number(into));
    finish(statement);
  }
}

}  // namespace miroir

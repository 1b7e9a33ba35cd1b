// Requests of people: written beside a running cycle, as pauses are, and ended by one.
#include "mirror/state/request_codec.hpp"
#include "mirror/state/store_impl.hpp"

namespace miroir {

EndedRequest read_request(SQLite::Statement& row) {
  EndedRequest ended;
  Request& request = ended.request;
  request.id = row.getColumn(0).getInt64();
  request.made = row.getColumn(1).getString();
  request.by = row.getColumn(2).getString();
  request.reason = row.getColumn(3).getString();
  request.what = decode_request(row.getColumn(4).getString(), blob_of(row.getColumn(5)));
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
  statement.bind(4, std::string{kept_kind(request.what)});
  bind_blob(statement, 5, encode_request(request.what));
  if (request.record) statement.bind(6, number(*request.record));
  statement.executeStep();
  const std::int64_t made = statement.getColumn(0).getInt64();
  finish(statement);
  return made;
}

std::int64_t Store::ask(const Request& request) {
  return impl_->beside_a_cycle(*this, [&] { return impl_->insert(request); });
}

void Store::Impl::replace_answers(const Request& by, std::int64_t inserted, Store& store) {
  if (!by.record) return;
  for (const EndedRequest& one : store.requests_of(*by.record)) {
    const Request& first = one.request;
    const bool waits = one.end.cycle == CycleNumber{} && first.id != inserted;
    if (!waits || !answer_the_same(by.what, first.what)) continue;
    if (first.by != by.by) throw AnsweredAlready{first};
    store.end_request(first.id, {.done = false,
                                 .message = replaced_by(inserted),
                                 .record = {},
                                 .cycle = store.last_cycle()});
  }
}

std::vector<std::int64_t> Store::ask_all(const std::vector<Request>& requests) {
  return impl_->beside_a_cycle(*this, [&] {
    std::vector<std::int64_t> ids;
    for (const Request& request : requests) {
      ids.push_back(impl_->insert(request));
      impl_->replace_answers(request, ids.back(), *this);
    }
    return ids;
  });
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
  std::optional<Asked> what;
  if (statement.executeStep()) what = decode_request("resync", blob_of(statement.getColumn(0)));
  statement.reset();
  auto* resync = what ? std::get_if<Resync>(&*what) : nullptr;
  if (resync == nullptr || !resync->from) return;
  forget_what_was_seen(*resync);
  auto& update = prepare("UPDATE request SET body = ? WHERE id = ?");
  bind_blob(update, 1, encode_request(*what));
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

// Records: heads, shadows and keys.
#include <algorithm>

#include "mirror/state/store_impl.hpp"

namespace miroir {
namespace {

constexpr const char* key_column[] = {"key_0", "key_1"};

std::optional<Row> shadow_of(const SQLite::Column& column, const Row& head) {
  if (column.isNull()) return std::nullopt;
  return decode_row(blob_of(column), head);
}

// One after the other: field, value, time, margin.
Row as_row(const std::vector<HeadTime>& times) {
  Row row;
  for (const HeadTime& known : times) {
    row.emplace_back(static_cast<std::int64_t>(known.field));
    row.push_back(known.value);
    row.emplace_back(known.time.at);
    row.emplace_back(known.time.margin_micros);
  }
  return row;
}

std::vector<HeadTime> times_of(const Row& row) {
  std::vector<HeadTime> times;
  for (std::size_t i = 0; i + 3 < row.size(); i += 4) {
    times.push_back({static_cast<std::size_t>(std::get<std::int64_t>(row[i])),
                     row[i + 1],
                     {std::get<Instant>(row[i + 2]), std::get<std::int64_t>(row[i + 3])}});
  }
  return times;
}

RecordState read_state(SQLite::Statement& row, const Mapping& mapping) {
  RecordState state;
  state.id = RecordId{row.getColumn(0).getInt64()};
  state.entity = EntityId{static_cast<std::size_t>(row.getColumn(1).getInt64())};
  state.root = RecordId{row.getColumn(2).getInt64()};
  state.gone = row.getColumn(3).getInt() != 0;
  state.gone_since = CycleNumber{row.getColumn(4).getInt64()};
  state.head = decode_row(blob_of(row.getColumn(5)));
  if (const SQLite::Column times = row.getColumn(11); !times.isNull())
    state.times = times_of(decode_row(blob_of(times)));
  const std::int64_t outside = row.getColumn(10).getInt64();
  for (const SiteId site : both_sites) {
    const int offset = static_cast<int>(index(site));
    state.outside[index(site)] = (outside >> offset & 1) != 0;
    state.shadow[index(site)] = shadow_of(row.getColumn(6 + offset), state.head);
    const SQLite::Column key = row.getColumn(8 + offset);
    if (!key.isNull()) {
      state.key[index(site)] =
          parse_key_text(key.getString(), mapping.table(state.entity, site).key_kinds());
    }
  }
  return state;
}

std::optional<RecordId> id_of(SQLite::Statement& statement) {
  std::optional<RecordId> id;
  if (statement.executeStep()) id.emplace(statement.getColumn(0).getInt64());
  statement.reset();
  return id;
}

}  // namespace

std::optional<RecordId> Store::find(SiteId site, EntityId entity, const Key& key) const {
  auto& statement = impl_->prepare(site == SiteId::first
                                       ? "SELECT id FROM record WHERE entity = ? AND key_0 = ?"
                                       : "SELECT id FROM record WHERE entity = ? AND key_1 = ?");
  statement.bind(1, number(entity));
  const std::string text = key_text(key);
  statement.bindNoCopy(2, text);
  return id_of(statement);
}

std::optional<RecordId> Store::find_root(SiteId site, EntityId entity, const Key& key) const {
  auto& statement = impl_->prepare(site == SiteId::first
                                       ? "SELECT root FROM record WHERE entity = ? AND key_0 = ?"
                                       : "SELECT root FROM record WHERE entity = ? AND key_1 = ?");
  statement.bind(1, number(entity));
  const std::string text = key_text(key);
  statement.bindNoCopy(2, text);
  return id_of(statement);
}

std::optional<RecordId> Store::root_of(RecordId id) const {
  auto& statement = impl_->prepare("SELECT root FROM record WHERE id = ?");
  statement.bind(1, number(id));
  return id_of(statement);
}

std::optional<Counterpart> Store::counterpart(SiteId site, EntityId entity, const Key& key) const {
  auto& statement = impl_->prepare(
      site == SiteId::first
          ? "SELECT r.key_1, EXISTS (SELECT 1 FROM reread e WHERE e.site = 1 AND e.entity = "
            "r.entity AND e.key = r.key_1), r.outside, r.shadow_0 IS NOT NULL, r.shadow_1 IS NOT "
            "NULL FROM record r WHERE r.entity = ? AND r.key_0 = ?"
          : "SELECT r.key_0, EXISTS (SELECT 1 FROM reread e WHERE e.site = 0 AND e.entity = "
            "r.entity AND e.key = r.key_0), r.outside, r.shadow_0 IS NOT NULL, r.shadow_1 IS NOT "
            "NULL FROM record r WHERE r.entity = ? AND r.key_1 = ?");
  statement.bind(1, number(entity));
  const std::string text = key_text(key);
  statement.bindNoCopy(2, text);
  std::optional<Counterpart> found;
  if (statement.executeStep()) {
    found.emplace();
    found->must_reread = statement.getColumn(1).getInt() != 0;
    const std::int64_t outside = statement.getColumn(2).getInt64();
    found->outside = (outside >> number(site) & 1) != 0;
    for (const SiteId at : both_sites) {
      const bool there = statement.getColumn(3 + static_cast<int>(index(at))).getInt() != 0;
      found->row_is_known[index(at)] = there && (outside >> number(at) & 1) == 0;
    }
    if (!statement.getColumn(0).isNull()) {
      const auto kinds = impl_->mapping->table(entity, other(site)).key_kinds();
      found->key = parse_key_text(statement.getColumn(0).getString(), kinds);
    }
  }
  statement.reset();
  return found;
}

namespace {

// The open held items of a record, put into its state.
template <class Impl>
void add_held(Impl& impl, RecordState& state) {
  auto& statement = impl.prepare(
      "SELECT field, reason, candidate_0, candidate_1 FROM held "
      "WHERE record = ? AND closed IS NULL AND ifnull(field, -1) >= 0");
  statement.bind(1, number(state.id));
  while (statement.executeStep()) {
    HeldField field;
    field.field = static_cast<std::size_t>(statement.getColumn(0).getInt64());
    field.reason = static_cast<HoldReason>(kept_number(statement.getColumn(1).getString()));
    field.candidates = {value_of(statement.getColumn(2)), value_of(statement.getColumn(3))};
    state.held.push_back(std::move(field));
  }
  statement.reset();
}

// All states that a statement gives; its last column says whether there are held items to ask for.
template <class Impl>
std::vector<RecordState> read_states(Impl& impl, SQLite::Statement& statement) {
  std::vector<RecordState> states;
  std::vector<std::size_t> with_held;
  while (statement.executeStep()) {
    if (statement.getColumn(12).getInt() != 0) with_held.push_back(states.size());
    states.push_back(read_state(statement, *impl.mapping));
  }
  statement.reset();
  for (const std::size_t i : with_held) add_held(impl, states[i]);
  return states;
}

}  // namespace

namespace {

template <class Impl>
std::vector<RecordState> read_record(Impl& impl, RecordId id) {
  auto& statement = impl.prepare(
      "SELECT id, entity, root, gone, gone_since, head, shadow_0, shadow_1, key_0, key_1, outside, "
      "times, EXISTS (SELECT 1 FROM held h WHERE h.record = r.id AND h.closed IS NULL) "
      "FROM record r WHERE id = ?");
  statement.bind(1, number(id));
  return read_states(impl, statement);
}

}  // namespace

std::vector<RecordState> Store::aggregate(RecordId root) const {
  std::vector<RecordState> states = read_record(*impl_, root);
  if (states.empty() || impl_->mapping->entity(states.front().entity).parts.empty()) return states;
  auto& parts = impl_->prepare(
      "SELECT id, entity, root, gone, gone_since, head, shadow_0, shadow_1, key_0, key_1, outside, "
      "times, EXISTS (SELECT 1 FROM held h WHERE h.record = r.id AND h.closed IS NULL) "
      "FROM record r WHERE root = ? AND root <> id");
  parts.bind(1, number(root));
  for (RecordState& part : read_states(*impl_, parts)) states.push_back(std::move(part));
  return states;
}

namespace {

constexpr std::size_t remembered_max = 4'096;  // What waits for a parent is planned, not recorded.

}  // namespace

const std::vector<RecordState>& Store::remembered_aggregate(RecordId root) {
  if (impl_->remembered.size() > remembered_max) impl_->remembered.clear();
  const auto found = impl_->remembered.find(root);
  if (found != impl_->remembered.end()) return found->second;
  return impl_->remembered[root] = aggregate(root);
}

std::vector<RecordState> Store::take_aggregate(RecordId root) {
  auto found = impl_->remembered.extract(root);
  return found.empty() ? aggregate(root) : std::move(found.mapped());
}

std::optional<RecordState> Store::record(RecordId id) const {
  std::vector<RecordState> states = read_record(*impl_, id);
  if (states.empty()) return std::nullopt;
  return std::move(states.front());
}

std::optional<RecordState> Store::record_at(SiteId site, EntityId entity, const Key& key) const {
  auto& statement = impl_->prepare(
      site == SiteId::first
          ? "SELECT id, entity, root, gone, gone_since, head, shadow_0, shadow_1, key_0, key_1, "
            "outside, times FROM record WHERE entity = ? AND key_0 = ?"
          : "SELECT id, entity, root, gone, gone_since, head, shadow_0, shadow_1, key_0, key_1, "
            "outside, times FROM record WHERE entity = ? AND key_1 = ?");
  statement.bind(1, number(entity));
  const std::string text = key_text(key);
  statement.bindNoCopy(2, text);
  std::optional<RecordState> state;
  if (statement.executeStep()) state = read_state(statement, *impl_->mapping);
  statement.reset();
  return state;
}

std::vector<RecordState> Store::records(EntityId entity, RecordId after, std::size_t limit) const {
  auto& statement = impl_->prepare(
      "SELECT id, entity, root, gone, gone_since, head, shadow_0, shadow_1, key_0, key_1, outside, "
      "times, EXISTS (SELECT 1 FROM held h WHERE h.record = r.id AND h.closed IS NULL) "
      "FROM record r WHERE entity = ? AND id > ? ORDER BY id LIMIT ?");
  statement.bind(1, number(entity));
  statement.bind(2, number(after));
  statement.bind(3, static_cast<std::int64_t>(limit));
  return read_states(*impl_, statement);
}

namespace {

// A state as its row holds it: encoded once for all statements that it may take.
struct Encoded {
  Encoded(const RecordState& state, PerSite<bool> is_behind)
      : id{number(state.id)},
        root{number(state.root)},
        gone_since{number(state.gone_since)},
        gone{state.gone ? 1 : 0},
        outside{(state.outside[0] ? 1 : 0) + (state.outside[1] ? 2 : 0)},
        behind{is_behind},
        head{sealed(encode_row(state.head))} {
    for (const SiteId site : both_sites) {
      if (const auto& row = state.shadow[index(site)])
        shadow[index(site)] = sealed(encode_row(*row, state.head));
      if (const auto& known = state.key[index(site)]) key[index(site)] = key_text(*known);
    }
    if (!state.times.empty()) times = sealed(encode_row(as_row(state.times)));
  }

  // Good for one run of the statement, while this lives.
  void bind_to(SQLite::Statement& statement) const {
    const auto bind = [&](int place, const std::string& blob) {
      if (!blob.empty())
        statement.bindNoCopy(place, static_cast<const void*>(blob.data()),
                             static_cast<int>(blob.size()));
    };
    statement.bind(1, id);
    statement.bind(2, root);
    statement.bind(3, gone);
    statement.bind(4, gone_since);
    bind(5, head);
    for (const SiteId site : both_sites) {
      const int offset = static_cast<int>(index(site));
      bind(6 + offset, shadow[index(site)]);
      if (!key[index(site)].empty()) statement.bindNoCopy(8 + offset, key[index(site)]);
      statement.bind(10 + offset, behind[index(site)] ? 1 : 0);
    }
    statement.bind(12, outside);
    bind(13, times);
  }

  std::int64_t id, root, gone_since;
  int gone, outside;
  PerSite<bool> behind;
  std::string head;
  PerSite<std::string> shadow, key;  // "": NULL, as `times`.
  std::string times;
};

// Most records are there, under the same root and keys: then only the row itself is written, and
// not what stands in every index.
template <class Impl>
bool replace(Impl& impl, const Encoded& encoded) {
  for (const char* sql :
       {"UPDATE record SET gone = ?3, gone_since = ?4, head = ?5, shadow_0 = ?6, shadow_1 = ?7, "
        "behind_0 = ?10, behind_1 = ?11, outside = ?12, times = ?13 "
        "WHERE id = ?1 AND root = ?2 AND key_0 IS ?8 AND key_1 IS ?9",
        "UPDATE record SET root = ?2, gone = ?3, gone_since = ?4, head = ?5, shadow_0 = ?6, "
        "shadow_1 = ?7, key_0 = ?8, key_1 = ?9, behind_0 = ?10, behind_1 = ?11, outside = ?12, "
        "times = ?13 WHERE id = ?1"}) {
    auto& update = impl.prepare(sql);
    encoded.bind_to(update);
    const bool was_there = update.exec() == 1;
    update.reset();
    if (was_there) return true;
  }
  return false;
}

}  // namespace

void Store::put(const RecordState& state, PerSite<bool> behind) {
  impl_->remembered.erase(state.root);
  const Encoded encoded{state, behind};
  const bool is_new = impl_->highest_record && encoded.id > *impl_->highest_record;
  if (!is_new && replace(*impl_, encoded)) return;
  auto& insert = impl_->prepare(
      "INSERT INTO record (id, root, gone, gone_since, head, shadow_0, shadow_1, key_0, key_1, "
      "behind_0, behind_1, outside, times, entity, root_entity) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
  const Entity& entity = impl_->mapping->entity(state.entity);
  encoded.bind_to(insert);
  insert.bind(14, number(state.entity));
  insert.bind(15, number(entity.root.value_or(state.entity)));
  finish(insert);
  if (is_new) impl_->highest_record = encoded.id;
}

void Store::put_at(SiteId site, const RecordState& state, bool behind) {
  impl_->remembered.erase(state.root);
  const auto& row = state.shadow[index(site)];
  const std::string shadow = row ? sealed(encode_row(*row, state.head)) : "";
  const auto& known = state.key[index(site)];
  const std::string key = known ? key_text(*known) : "";
  static constexpr PerSite<std::array<const char*, 2>> updates{
      {{"UPDATE record SET shadow_0 = ?2, behind_0 = ?3 WHERE id = ?1 AND key_0 IS ?4",
        "UPDATE record SET shadow_0 = ?2, behind_0 = ?3, key_0 = ?4 WHERE id = ?1"},
       {"UPDATE record SET shadow_1 = ?2, behind_1 = ?3 WHERE id = ?1 AND key_1 IS ?4",
        "UPDATE record SET shadow_1 = ?2, behind_1 = ?3, key_1 = ?4 WHERE id = ?1"}}};
  for (const char* sql : updates[index(site)]) {
    auto& update = impl_->prepare(sql);
    update.bind(1, number(state.id));
    if (row)
      update.bindNoCopy(2, static_cast<const void*>(shadow.data()),
                        static_cast<int>(shadow.size()));
    update.bind(3, behind ? 1 : 0);
    if (known) update.bindNoCopy(4, key);
    const bool was_there = update.exec() == 1;
    update.reset();
    if (was_there) return;
  }
}

Presence Store::presence(RecordId id) const {
  auto& statement = impl_->prepare(
      "SELECT entity, key_0, key_1, shadow_0 IS NOT NULL, shadow_1 IS NOT NULL, outside, gone FROM "
      "record WHERE id = ?");
  statement.bind(1, number(id));
  Presence presence;
  if (!statement.executeStep()) return presence;
  const EntityId entity{static_cast<std::size_t>(statement.getColumn(0).getInt64())};
  presence.gone = statement.getColumn(6).getInt() != 0;
  for (const SiteId site : both_sites) {
    const int offset = static_cast<int>(index(site));
    presence.there[index(site)] = statement.getColumn(3 + offset).getInt() != 0;
    presence.outside[index(site)] = (statement.getColumn(5).getInt64() >> offset & 1) != 0;
    const SQLite::Column column = statement.getColumn(1 + offset);
    if (column.isNull()) continue;
    presence.keys[index(site)] =
        parse_key_text(column.getString(), impl_->mapping->table(entity, site).key_kinds());
  }
  statement.reset();
  return presence;
}

void Store::free_key(SiteId site, RecordId id) {
  static_assert(std::size(key_column) == std::size(both_sites));
  impl_->remembered.clear();
  auto& statement =
      impl_->prepare(site == SiteId::first ? "UPDATE record SET key_0 = NULL WHERE id = ?"
                                           : "UPDATE record SET key_1 = NULL WHERE id = ?");
  statement.bind(1, number(id));
  finish(statement);
}

std::size_t Store::count(EntityId entity, std::optional<std::size_t> at_most) const {
  auto& statement = impl_->prepare(
      "SELECT count(*) FROM (SELECT 1 FROM record WHERE entity = ? AND gone = 0 LIMIT ?)");
  statement.bind(1, number(entity));
  statement.bind(2, at_most ? static_cast<std::int64_t>(*at_most) : std::int64_t{-1});
  statement.executeStep();
  const auto count = static_cast<std::size_t>(statement.getColumn(0).getInt64());
  statement.reset();
  return count;
}

}  // namespace miroir

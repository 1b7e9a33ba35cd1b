#include "mirror/cli/resync_choice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/findings.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/requests.hpp"
#include "schema/hash.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t listed_max = 1'000;
// Of one request: keys alone, or all rows that were shown.
constexpr std::size_t merged_max = 100;
constexpr std::size_t declared_max = 20;

}  // namespace

ResyncChoice::ResyncChoice(const Context& context, const Store& store, const ResyncVerb& verb)
    : context_{context},
      store_{store},
      verb_{verb},
      by_{named_or_login(verb.asking.by)},
      reason_{checked_reason(verb.asking.reason)},
      requests_{Store::scratch(context.setting.mapping)} {
  if (verb.from) from_ = chosen_site(context.setting.mapping, *verb.from);
  parse_where(verb.where);
  if (verb.since) {
    const auto changed = store.changed_since(typed_time(*verb.since));
    since_.emplace(changed.begin(), changed.end());
  }
  load_pending();
}

void ResyncChoice::parse_where(const std::vector<std::string>& conditions) {
  const Mapping& mapping = context_.setting.mapping;
  for (const std::string& condition : conditions) {
    const Entity& entity = chosen_entity(mapping, verb_.entity.value());
    const auto end = condition.find('=');
    const auto field = entity.field_index(condition.substr(0, end));
    if (end == std::string::npos || !field) {
      throw VerbError{Exit::usage,
                      fmt::format("--where {}: {} has no such field", condition, entity.name),
                      "FIELD=VALUE, with a field as the mapping calls it"};
    }
    where_.emplace_back(*field,
                        chosen_value(store_, mapping, entity, *field, condition.substr(end + 1)));
  }
}

std::string ResyncChoice::named(const std::string& entity, const Key& key) {
  return entity + " " + key_text(key);
}

void ResyncChoice::load_pending() {
  for_each_request(store_, [&](const Request& request) {
    const auto* resync = std::get_if<Resync>(&request.what);
    if (resync == nullptr || resync->from != from_) return;
    pending_.push_back(request.id);
    for (const Resync::Root& root : resync->roots) {
      for (const SiteId site : both_sites) {
        if (const auto& key = root.keys[index(site)])
          asked_.emplace(site, named(resync->entity, *key));
      }
    }
  });
}

bool ResyncChoice::was_asked(const Finding& finding) const {
  const std::string& entity = context_.setting.mapping.entity(finding.entity).name;
  return std::any_of(std::begin(both_sites), std::end(both_sites), [&](SiteId site) {
    const auto& key = finding.keys[index(site)];
    return key && asked_.contains({site, named(entity, *key)});
  });
}

bool ResyncChoice::has_values(const Finding& finding) const {
  return std::all_of(where_.begin(), where_.end(), [&](const auto& wanted) {
    return std::any_of(
        finding.root_fields.begin(), finding.root_fields.end(),
        [&](const auto& row) { return row && (*row)[wanted.first] == wanted.second; });
  });
}

// What is on its way is the next cycle's; who names it means it.
bool ResyncChoice::is_meant(const Look& seen) const {
  const Finding& finding = seen.finding;
  const bool astray =
      finding.standing == Standing::drifted || finding.standing == Standing::missing;
  const bool declared = from_ && (finding.standing == Standing::held ||
                                  (finding.standing == Standing::in_flight && !verb_.keys.empty()));
  if (!astray && !declared) return false;
  if (since_ && finding.root && !since_->contains(*finding.root)) return false;
  return has_values(finding) && !was_asked(finding);
}

void ResyncChoice::count(const Finding& finding) {
  ++chosen_;
  if (finding.root) records_.insert(*finding.root);
  for (const SiteId site : both_sites) {
    const SiteId there = other(site);
    if (from_ == there) ++(finding.missing[index(there)] ? deleted_ : overwritten_)[index(site)];
    // A record whose row is gone is deleted at the other site, unless something there speaks
    // against it.
    const bool gone =
        finding.root && finding.missing[index(there)] && finding.drifted[index(there)];
    if (!from_ && gone && !finding.missing[index(site)]) ++deleted_[index(site)];
  }
}

void ResyncChoice::show(const Finding& finding) {
  const Mapping& mapping = context_.setting.mapping;
  ordered_json json = to_json(finding, store_, mapping);
  seen_ = hex_hash(seen_ + to_line(json));
  if (chosen_ > listed_max) return;
  if (context_.json)
    list_.push_back(std::move(json));
  else
    print(to_text(finding, store_, mapping));
}

std::size_t ResyncChoice::left_out() const { return chosen_ - std::min(chosen_, listed_max); }

void ResyncChoice::add(const Look& seen) {
  if (!is_meant(seen)) return;
  const Finding& finding = seen.finding;
  count(finding);
  show(finding);
  const Mapping& mapping = context_.setting.mapping;
  const std::string& entity = mapping.entity(finding.entity).name;
  if (open_.entity != entity || open_.roots.size() >= (from_ ? declared_max : merged_max)) flush();
  open_.entity = entity;
  open_.from = from_;
  Resync::Root& root = open_.roots.emplace_back();
  root.keys = finding.keys;
  if (!from_) return;
  for (const SiteId site : both_sites) {
    for (const auto& [at, row] : seen.rows[index(site)])
      root.seen[index(site)].push_back({mapping.entity(at.first).name, at.second, row});
  }
}

void ResyncChoice::flush() {
  if (!open_.roots.empty()) {
    requests_.ask({.id = 0,
                   .made = now_as_text(),
                   .by = by_,
                   .reason = reason_,
                   .record = {},
                   .what = std::exchange(open_, {})});
  }
  open_ = {};
}

void ResyncChoice::finish() { flush(); }

std::vector<std::int64_t> ResyncChoice::ask(Store& store) const {
  std::vector<std::int64_t> ids;
  for_each_request(requests_, [&](const Request& request) { ids.push_back(store.ask(request)); });
  return ids;
}

}  // namespace miroir

// miroir forget: a person is erased from the state file and its history. Asks no site.
//
// What the two databases hold is theirs to erase, and as long as they hold it, it is mirrored and
// stands in the state file: then only its past goes, and the exit code says that something is left.
// First it is erased, then the file is written anew; if the second fails, the same command once
// more finishes it, although nobody knows the record any more.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/installing.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/story.hpp"
#include "mirror/cli/table.hpp"
#include "mirror/state/unfinished.hpp"

namespace miroir {
namespace {

constexpr const char* gone_too =
    "What an earlier one had erased, and still stood in the state file, is gone from it now.";

// Orders hold their own copy of a customer's name and address.
std::vector<std::string> related_to(const Told& told, const Store& store, const Mapping& mapping) {
  std::set<RecordId> roots;
  for (const RecordId child : store.referrers(told.record, false)) {
    const RecordId root = store.record(child)->root;
    if (root != told.record) roots.insert(root);
  }
  std::vector<std::string> names;
  for (const RecordId root : roots) {
    const EntityId entity = store.record(root)->entity;
    names.push_back(mapping.entity(entity).name + " " + every_key(store, mapping, entity, root));
  }
  return names;
}

std::string to_text(const Told& told, const Forgotten& erased,
                    const std::vector<std::string>& related, bool done) {
  constexpr std::size_t named_max = 20;
  std::string text = fmt::format(
      "{} {}: {} {}, {}, {} and {}\n", told.entity, told.keys, done ? "erased" : "would erase",
      counted(static_cast<std::size_t>(erased.history), "line of history", "lines of history"),
      counted(static_cast<std::size_t>(erased.decisions), "decision", "decisions"),
      counted(static_cast<std::size_t>(erased.questions), "question", "questions"),
      counted(static_cast<std::size_t>(erased.requests), "request", "requests"));
  if (!related.empty()) {
    const std::size_t named = std::min(related.size(), named_max);
    text += fmt::format("These refer to it, and may tell of the same person: {}{}\n",
                        fmt::join(related.begin(), related.begin() + named, "; "),
                        named < related.size() ? " ... (all of them with --json)" : "");
  }
  if (erased.whole) return text + (done ? "Nothing of it is known any more.\n" : "");
  return text +
         "What the databases hold of it is mirrored, and stays known: delete it there, and run "
         "this "
         "again after the next cycle.\n";
}

nlohmann::ordered_json to_json(const Told& told, const Forgotten& erased,
                               const std::vector<std::string>& related, Exit exit, bool done,
                               bool finished) {
  return {{"outcome", name_of(exit)},
          {"dry_run", !done},
          {"entity", told.entity},
          {"keys", told.keys},
          {"erased",
           {{"history", erased.history},
            {"decisions", erased.decisions},
            {"questions", erased.questions},
            {"requests", erased.requests},
            {"record", erased.whole}}},
          {"referred_to_by", related},
          {"finished", finished}};
}

void require_consent(const Context& context, const ForgetVerb& verb, const Told& told) {
  if (verb.yes) return;
  const std::string what = fmt::format("{} {}", told.entity, told.keys);
  if (!context.json && on_terminal()) {
    if (confirmed("Erase what is known of " + what + "? It cannot be undone.")) return;
    throw VerbError{Exit::usage, "nothing was erased", "--dry-run shows what would be"};
  }
  throw VerbError{Exit::usage, "what is erased cannot be brought back",
                  "--dry-run shows what that is; --yes does it"};
}

}  // namespace

Exit run_verb(Context& context, const ForgetVerb& verb) {
  require_state(context);
  const StoreLock lock = lock_state(context);
  use_mapping_of_state(context);
  const auto& [config, mapping] = context.setting;
  Store store = verb.dry_run ? Store::copy_of(config.state, mapping)
                             : Store::open(config.state, mapping, NoStore::refused);
  require_seeded(store);
  bind_from_store_alone(context, store);
  // A rehearsal changes nothing, and asks only its copy.
  const bool unfinished = !verb.dry_run && erasure_is_unfinished(config.state);
  if (unfinished) store.compact();
  if (unfinished && !context.json) print(fmt::format("{}\n", gone_too));
  const Told told = find_told(store, mapping, verb.entity, verb.key);
  if (!store.batches().empty()) {
    throw VerbError{Exit::usage, "a delivery is under way, and may hold what is to be erased",
                    "run `miroir cycle` first, until both sites were reached"};
  }
  if (!verb.dry_run) require_consent(context, verb, told);
  const std::vector<std::string> related = related_to(told, store, mapping);
  const Forgotten erased =
      store.forget(told.record, store.last_cycle(), {login_name(), now_as_text()});
  if (!verb.dry_run) store.compact();
  const Exit exit = erased.whole ? Exit::done : Exit::waiting;
  print(context.json ? to_line(to_json(told, erased, related, exit, !verb.dry_run, unfinished))
                     : to_text(told, erased, related, !verb.dry_run));
  return exit;
}

}  // namespace miroir

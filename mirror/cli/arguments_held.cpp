// The command line of the verbs that answer, set back, try again and ignore.
#include "mirror/cli/arguments_parts.hpp"

namespace miroir {

void add_asking(CLI::App& sub, Asking& asking) {
  sub.add_option("--by", asking.by, "Who asks (default: your login)")->type_name("NAME");
  sub.add_option("--reason", asking.reason, "Why; it is kept with the request")->type_name("TEXT");
  sub.add_flag("--now", asking.now, "Run a cycle at once, instead of waiting for the next one");
}

namespace {

void add_held_answer(CLI::App& held, Arguments& arguments) {
  auto answer = std::make_shared<HeldAnswerVerb>();
  CLI::App& sub = add_verb(held, arguments, "answer", "Decide what waits for a person", answer);
  sub.add_option("id", answer->id, "What `miroir held list` calls it")->type_name("ID");
  CLI::App& what = *sub.add_option_group("Answer", "One of them");
  what.add_option("--take", answer->take, "The value of this site, as it was shown")
      ->type_name("SITE");
  what.add_option("--value", answer->value, "Another value")->type_name("TEXT");
  what.add_flag("--nothing", answer->nothing, "No value at all");
  what.add_flag("--take-back", answer->take_back, "What an undone decision had made lose");
  what.add_flag("--keep", answer->keep, "The record stays, whose deletion is in question");
  what.add_flag("--delete", answer->remove, "It is deleted, at both sites");
  what.require_option(1);
  sub.add_flag("--all", answer->all,
               "All that wait for one reason: with --rule, and --take, or --keep or --delete for "
               "deletions");
  sub.add_option("--rule", answer->rule,
                 "With --all: hold, shortened, rewriting, mapping, against, undo, deletion")
      ->type_name("RULE");
  sub.add_option("--entity", answer->entity, "With --all: only this entity")->type_name("NAME");
  sub.add_flag("--dry-run", answer->dry_run,
               "Only show what it would change at each site, and ask nothing");
  sub.add_flag("--yes", answer->yes, "Do not ask before many records are deleted");
  add_asking(sub, answer->asking);
}

void add_held_ignore(CLI::App& held, Arguments& arguments) {
  auto ignore = std::make_shared<HeldIgnoreVerb>();
  CLI::App& away =
      add_verb(held, arguments, "ignore",
               "Let it trouble nobody until it changes: both sites keep what they have", ignore);
  auto again = std::make_shared<HeldIgnoreVerb>();
  again->ignored = false;
  CLI::App& back =
      add_verb(held, arguments, "unignore", "What is ignored waits for a person again", again);
  for (auto& [sub, verb] : {std::pair{&away, ignore}, std::pair{&back, again}}) {
    sub->add_option("id", verb->id, "What `miroir held list` calls it: 3, or S1")->type_name("ID");
    sub->add_flag(
        "--all", verb->all,
        verb->ignored ? "All that wait for one reason; with --rule" : "All that is ignored");
    sub->add_option("--rule", verb->rule, "With --all: only for this reason, as `held list` has it")
        ->type_name("RULE");
    sub->add_option("--entity", verb->entity, "With --all: only this entity")->type_name("NAME");
    sub->add_option("--by", verb->by, "Who says so (default: your login)")->type_name("NAME");
    sub->add_option("--reason", verb->reason, "Why; it is shown with it")
        ->type_name("TEXT")
        ->required(verb->ignored);
  }
}

}  // namespace

void add_held(CLI::App& app, Arguments& arguments) {
  CLI::App& held =
      *app.add_subcommand("held", "What waits for a person: list, show, answer, retry, ignore");
  held.require_subcommand(1);
  held.footer(exit_codes);
  auto list = std::make_shared<HeldListVerb>();
  CLI::App& all = add_verb(held, arguments, "list", "All that waits, and what was set aside", list);
  all.add_option("--entity", list->entity, "Only this entity")->type_name("NAME");
  all.add_option(
         "--rule", list->rule,
         "Only for this reason: hold, shortened, rewriting, mapping, against, computed, undo, "
         "deletion")
      ->type_name("RULE");
  all.add_flag("--ignored", list->ignored,
               "What is ignored, by whom and why, instead of what waits");
  auto show = std::make_shared<HeldShowVerb>();
  add_verb(held, arguments, "show", "One question, or what was set aside, with what can be done",
           show)
      .add_option("id", show->id, "What `miroir held list` calls it")
      ->type_name("ID")
      ->required();
  add_held_answer(held, arguments);
  auto retry = std::make_shared<HeldRetryVerb>();
  CLI::App& again =
      add_verb(held, arguments, "retry", "Try what was set aside, without waiting", retry);
  again.add_option("id", retry->id, "What `miroir held list` calls it: S1")->type_name("ID");
  again.add_flag("--all", retry->all, "All that is set aside");
  add_asking(again, retry->asking);
  add_held_ignore(held, arguments);
}

void add_undo(CLI::App& app, Arguments& arguments) {
  auto undo = std::make_shared<UndoVerb>();
  CLI::App& back =
      add_verb(app, arguments, "undo", "Bring back what a decision made lose, at both sites", undo);
  auto* id = back.add_option("id", undo->id, "The decision, as --list shows it")->type_name("ID");
  auto* list = back.add_flag("--list", undo->list, "Show decisions with their IDs, the last first")
                   ->excludes(id);
  const auto filter = [&](const char* name, auto& value, const char* help, const char* type) {
    return back.add_option(name, value, help)->type_name(type)->needs(list);
  };
  auto* entity = filter("--entity", undo->entity, "Only of this entity", "NAME");
  filter("--key", undo->key, "Only of the record with this key at one of the sites, and its parts",
         "KEY")
      ->needs(entity);
  filter("--field", undo->field, "Only about this field", "NAME")->needs(entity);
  filter("--site", undo->site, "Only those by which this site's value lost", "NAME");
  filter("--since", undo->since, "Only since then (UTC)", "TIME");
  filter("--limit", undo->limit, "At most so many (default: 50)", "N")
      ->check(CLI::Range(1, 100000));
  add_asking(back, undo->asking);
}

}  // namespace miroir

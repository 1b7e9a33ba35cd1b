#include "mirror/cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "mirror/cli/arguments_parts.hpp"
#include "mirror/cli/output.hpp"

namespace miroir {
namespace {

// install and uninstall take the same options.
template <class V>
void add_installing_verb(CLI::App& app, Arguments& arguments, const char* name, const char* help) {
  auto verb = std::make_shared<V>();
  CLI::App& sub = add_verb(app, arguments, name, help, verb);
  sub.add_option("--site", verb->site, "Only this site")->type_name("NAME");
  sub.add_flag("--print", verb->print, "Print the SQL, for a DBA to run, and do nothing");
  sub.add_flag("--yes", verb->yes, "Do not ask");
  if constexpr (std::is_same_v<V, InstallVerb>) {
    sub.add_flag("--print-roles", verb->print_roles,
                 "Print the SQL that makes miroir's two accounts, with the rights that the mapping "
                 "needs and no others, for a DBA to run")
        ->excludes("--print");
  }
}

// pause and resume name the same things.
template <class V>
CLI::App& add_pausing_verb(CLI::App& app, Arguments& arguments, const char* name, const char* help,
                           std::shared_ptr<V> verb, const char* examples) {
  CLI::App& sub = add_verb(app, arguments, name, help, verb);
  CLI::App& what = *sub.add_option_group("What", "One of the two");
  what.add_option("--site", verb->site, "A site: nothing is read from it or written to it")
      ->type_name("NAME");
  what.add_option("--entity", verb->entity,
                  "An entity, at both sites; what refers to it waits with it")
      ->type_name("NAME");
  what.require_option(1);
  sub.footer(std::string{"It holds from the next cycle on; one that runs is not disturbed.\n\n"
                         "Examples:\n"} +
             examples + "\n" + exit_codes);
  return sub;
}

void add_progress(CLI::App& sub, Arguments& arguments) {
  sub.add_option("--progress-fd", arguments.progress_fd,
                 "For programs: how far it has come, as lines of JSON on this file descriptor")
      ->type_name("N")
      ->check(CLI::Range(3, 1023));
}

void add_record_verbs(CLI::App& app, Arguments& arguments) {
  auto trace = std::make_shared<TraceVerb>();
  CLI::App& story = add_verb(app, arguments, "trace", "The story of one record", trace);
  story.add_option("entity", trace->entity, "As the mapping calls it")->required();
  story.add_option("key", trace->key, "Its key at one of the sites")->required();
  story.add_option("--field", trace->field, "Only what is about this field")->type_name("NAME");
  story.add_option("--since", trace->since, "Only what happened since then (UTC)")
      ->type_name("TIME");
  auto acts = std::make_shared<ActsVerb>();
  CLI::App& done =
      add_verb(app, arguments, "acts",
               "What people did besides answers: confirmations, pauses, accounts", acts);
  done.add_option("--since", acts->since, "Only since then (UTC)")->type_name("TIME");
  done.add_option("--kind", acts->kind, "Only of this kind, as the list has it")->type_name("KIND");
  done.add_option("--limit", acts->limit, "At most so many, the last ones (default: 50)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  auto forget = std::make_shared<ForgetVerb>();
  CLI::App& erased = add_verb(app, arguments, "forget",
                              "Erase a person from the state file and its history", forget);
  erased.add_option("entity", forget->entity, "As the mapping calls it")->required();
  erased.add_option("key", forget->key, "The record's key at one of the sites")->required();
  erased.add_flag("--dry-run", forget->dry_run, "Say what would be erased, and erase nothing");
  erased.add_flag("--yes", forget->yes, "Without asking");
  auto link = std::make_shared<LinkVerb>();
  CLI::App& one = add_verb(app, arguments, "link", "Two records, one at each site, are one", link);
  one.add_option("entity", link->entity, "As the mapping calls it")->required();
  one.add_option("first", link->keys[0], "The key at the mapping's first site")->required();
  one.add_option("second", link->keys[1], "The key at the second")->required();
  one.add_flag("--dry-run", link->dry_run, "Only show what it would do");
  add_asking(one, link->asking);
  add_progress(one, arguments);
  auto unlink = std::make_shared<UnlinkVerb>();
  CLI::App& two = add_verb(app, arguments, "unlink", "One record is two, one at each site", unlink);
  two.add_option("entity", unlink->entity, "As the mapping calls it")->required();
  two.add_option("key", unlink->key, "Its key at one of the sites")->required();
  two.add_option("--references", unlink->references,
                 "What refers to it stays with the record of this site")
      ->type_name("SITE");
  two.add_flag("--dry-run", unlink->dry_run, "Only show what it would do");
  add_asking(two, unlink->asking);
  add_progress(two, arguments);
}

void add_password_file(CLI::App& sub, std::optional<std::string>& file) {
  sub.add_option("--password-file", file,
                 "A file whose first line is the password (default: the terminal, or a pipe)")
      ->type_name("FILE");
}

void add_user(CLI::App& app, Arguments& arguments) {
  CLI::App& user = *app.add_subcommand(
      "user", "Who may use the status page: add, list, role, passwd, remove, token");
  user.require_subcommand(1);
  user.footer(exit_codes);
  auto add = std::make_shared<UserAddVerb>();
  CLI::App& one = add_verb(user, arguments, "add", "Let somebody sign in", add);
  one.add_option("name", add->name, "Told apart without regard to case")->required();
  one.add_option(
         "--role", add->role,
         "reader sees; clerk answers, too; administrator accepts brakes and manages accounts, too")
      ->type_name("ROLE")
      ->required();
  add_password_file(one, add->password_file);
  add_verb(user, arguments, "list", "Who may sign in, and as what",
           std::make_shared<UserListVerb>());
  auto role = std::make_shared<UserRoleVerb>();
  CLI::App& as =
      add_verb(user, arguments, "role", "Give somebody another role, and sign out", role);
  as.add_option("name", role->name, "Whom")->required();
  as.add_option("role", role->role, "reader, clerk or administrator")->required();
  auto passwd = std::make_shared<UserPasswdVerb>();
  CLI::App& other =
      add_verb(user, arguments, "passwd", "Set another password, and sign out", passwd);
  other.add_option("name", passwd->name, "Whose")->required();
  add_password_file(other, passwd->password_file);
  auto remove = std::make_shared<UserRemoveVerb>();
  add_verb(user, arguments, "remove", "Let somebody sign in no more", remove)
      .add_option("name", remove->name, "Who")
      ->required();
  auto token = std::make_shared<UserTokenVerb>();
  CLI::App& key = add_verb(user, arguments, "token",
                           "Print a new token for the API, in place of the one before", token);
  key.add_option("name", token->name, "Whose role it has")->required();
  key.add_flag("--remove", token->remove, "Take it away instead");
}

// verify and resync name records in the same way.
template <class V>
void add_choice(CLI::App& sub, V& verb) {
  auto* entity = sub.add_option("--entity", verb.entity, "Only this entity")->type_name("NAME");
  sub.add_option("--key", verb.keys,
                 "Only the record with this key at one of the sites; repeatable")
      ->type_name("KEY")
      ->allow_extra_args(false)
      ->needs(entity);
}

void add_comparing_verbs(CLI::App& app, Arguments& arguments) {
  auto verify = std::make_shared<VerifyVerb>();
  CLI::App& look =
      add_verb(app, arguments, "verify",
               "Compare both sites and the state file, row by row; writes nothing", verify);
  add_choice(look, *verify);
  look.add_option("--sample", verify->sample,
                  "Only so many records of each entity, drawn at random; rows that no record knows "
                  "are not found so")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  add_progress(look, arguments);
  auto resync = std::make_shared<ResyncVerb>();
  CLI::App& mend =
      add_verb(app, arguments, "resync",
               "Bring back what has drifted apart: read it again, merge it, run a cycle", resync);
  add_choice(mend, *resync);
  mend.add_option("--where", resync->where,
                  "Only records whose field has this value at one of the sites; repeatable")
      ->type_name("FIELD=VALUE")
      ->allow_extra_args(false)
      ->needs(mend.get_option("--entity"));
  mend.add_option("--since", resync->since,
                  "Only records of which miroir has noted a change since then (UTC), and rows that "
                  "no record knows")
      ->type_name("TIME");
  mend.add_option("--from", resync->from,
                  "This site is right: the other one is overwritten, held fields included")
      ->type_name("SITE");
  mend.add_flag("--dry-run", resync->dry_run, "Only show what it would do");
  mend.add_option("--seen", resync->seen,
                  "Only if it would still do what --dry-run --json called so (`seen`)")
      ->type_name("ID");
  mend.add_flag("--yes", resync->yes, "Do not ask before something is overwritten or deleted");
  mend.add_flag("--later", resync->later, "Leave it to the next cycle, instead of running one");
  mend.add_option(
          "--accept", resync->accepted,
          "Let this brake pass in its cycle, once: as that which says that triggers were off")
      ->type_name("ID")
      ->allow_extra_args(false)
      ->excludes("--later");
  mend.add_option("--by", resync->asking.by, "Who asks (default: your login)")->type_name("NAME");
  mend.add_option("--reason", resync->asking.reason, "Why; it is kept with the request")
      ->type_name("TEXT");
  add_progress(mend, arguments);
}

void add_seed(CLI::App& app, Arguments& arguments) {
  auto seed = std::make_shared<SeedVerb>();
  auto& first =
      add_verb(app, arguments, "seed",
               "The first meeting: what is on both sides, what on one; then the first load", seed);
  first.add_flag("--dry-run", seed->dry_run, "Only say what matches, what is new and what differs");
  first
      .add_option("--prefer", seed->prefer,
                  "Where both sides hold a record and differ, this site's value")
      ->type_name("SITE");
  first
      .add_option("--accept", seed->accepted,
                  "The state file that both sites belong to is lost: make a new one from the sites")
      ->type_name("ID")
      ->allow_extra_args(false);
}

void add_verbs(CLI::App& app, Arguments& arguments) {
  auto check = std::make_shared<CheckVerb>();
  CLI::App& look = add_verb(app, arguments, "check",
                            "Look at configuration, mapping and both sites; say what to do", check);
  look.add_option("--state", check->state,
                  "Only whether this file, a state file or a copy of one, is whole")
      ->type_name("FILE")
      ->excludes("--config");
  add_installing_verb<InstallVerb>(app, arguments, "install",
                                   "Put the journal, its triggers and markers on the sites");
  add_installing_verb<UninstallVerb>(app, arguments, "uninstall",
                                     "Take them away again; leaves no trace");
  add_seed(app, arguments);
  add_verb(app, arguments, "plan",
           "Show what the next cycle would do, field by field; writes nothing",
           std::make_shared<PlanVerb>());
  auto cycle = std::make_shared<CycleVerb>();
  CLI::App& once = add_verb(app, arguments, "cycle",
                            "Carry what changed to the other side, once; for cron", cycle);
  once.add_option("--accept", cycle->accepted,
                  "Let this brake pass, or take up this change of the mapping, once")
      ->type_name("ID")
      ->allow_extra_args(false);
  once.add_option("--by", cycle->by, "Who accepts it (default: your login)")->type_name("NAME");
  add_progress(once, arguments);
  auto status = std::make_shared<StatusVerb>();
  CLI::App& now = add_verb(app, arguments, "status",
                           "Sites, last cycle, backlog, and what waits for a person", status);
  now.add_option("--entity", status->entity, "Only what waits, and was decided, of this entity")
      ->type_name("NAME");
  now.add_flag("--brief", status->brief, "How many wait, without the lists")
      ->excludes(now.get_option("--json"));
  auto pause = std::make_shared<PauseVerb>();
  add_pausing_verb(app, arguments, "pause", "Leave a site or an entity alone for a while", pause,
                   "  miroir pause --site erp --reason 'upgrade, back on Monday'\n"
                   "  miroir pause --entity sales_order --reason 'month end'\n")
      .add_option("--reason", pause->reason, "Why; cycle and status show it")
      ->type_name("TEXT")
      ->required();
  add_pausing_verb(app, arguments, "resume",
                   "End a pause; the next cycle brings everything that waited",
                   std::make_shared<ResumeVerb>(),
                   "  miroir resume --site erp\n"
                   "  miroir resume --entity sales_order\n");
  add_held(app, arguments);
  add_undo(app, arguments);
  add_record_verbs(app, arguments);
  add_comparing_verbs(app, arguments);
  auto serve = std::make_shared<ServeVerb>();
  add_verb(app, arguments, "serve", "The status page and its API, until it is ended", serve)
      .add_option("--listen", serve->listen, "Instead of the configuration's serve.listen")
      ->type_name("ADDRESS:PORT");
  auto notify = std::make_shared<NotifyVerb>();
  add_verb(
      app, arguments, "notify",
      "Tell whom the configuration names what has begun and what is over; cycles and serve do so "
      "by themselves",
      notify)
      .add_flag("--test", notify->test, "Send a message that says only that it arrives");
  add_user(app, arguments);
}

bool wants_json(int argc, const char* const* argv) {
  return std::any_of(argv, argv + argc, [](std::string_view word) { return word == "--json"; });
}

}  // namespace

std::variant<Arguments, Exit> parse_arguments(int argc, const char* const* argv) {
  CLI::App app{"Keeps a web shop's database and an ERP's the same, field by field.", "miroir"};
  app.set_version_flag("--version", "miroir " MIROIR_VERSION);
  app.require_subcommand(1);
  app.footer(std::string{"miroir VERB --help tells more.\n"} + exit_codes);

  Arguments arguments;
  add_verbs(app, arguments);
  try {
    app.parse(argc, argv);
    return arguments;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error, std::cout, std::cerr);
      return Exit::done;
    }
    const auto chosen = app.get_subcommands();
    const std::string verb = chosen.empty() ? "" : " " + chosen.front()->get_name();
    print_failure({Exit::usage, error.what(), "miroir" + verb + " --help"}, wants_json(argc, argv));
    return Exit::usage;
  }
}

}  // namespace miroir

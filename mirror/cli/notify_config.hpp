// Who is told, and how, when something begins that a person should know of, and when it is over.
//
// Secrets are read by whoever sends (notify, check), not with the configuration: that one cannot be
// read must keep no cycle from running.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mirror/cli/secrets.hpp"
#include "schema/mapping_file.hpp"

namespace miroir {

struct NotifyConfig {
  std::vector<std::string> command;  // A program and its arguments; no shell. Empty: none.
  std::string url;                   // Of a webhook; empty: none, or `url_source` names it.
  SecretSource url_source, token;    // The token is sent as a bearer's.
  std::vector<std::string> mail_to;  // Empty: no e-mail.
  std::string mail_from;             // Empty: sendmail's own.
  std::string language = "en";
  std::vector<std::string> events{"waiting", "away", "brake", "stopped"};
  std::chrono::minutes away{60};     // A site may be so long.
  std::chrono::seconds timeout{20};  // For each way of telling.
  std::filesystem::path folder;      // What file names are relative to.

  bool has_webhook() const { return !url.empty() || !url_source.file.empty(); }
  bool tells_anybody() const { return !command.empty() || has_webhook() || !mail_to.empty(); }
};

// `block`: the configuration's "notify", which fits the schema. What is wrong beyond that is added to `mistakes`.
NotifyConfig read_notify(const nlohmann::json& block, const std::filesystem::path& file,
                         std::vector<Mistake>& mistakes);

// What keeps a message from being sent, without sending one: how it would be sent, and what to do.
struct NotifyTrouble {
  std::string by, wrong, right;
};
std::vector<NotifyTrouble> troubles_of(const NotifyConfig& config);

// The file of a program as a shell finds it; and sendmail, which is not always where that looks.
std::optional<std::filesystem::path> program_at(const std::string& name);
std::optional<std::filesystem::path> sendmail_at();

// Of the webhook, as configured; throws std::runtime_error that says what is wrong and what to do.
std::string webhook_url(const NotifyConfig& config);
std::string webhook_token(const NotifyConfig& config);  // Empty: none.

}  // namespace miroir

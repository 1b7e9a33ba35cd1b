#include "mirror/cli/notify_config.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace miroir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Without anything before the host's name.
bool is_address(const std::string& url) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) return false;
  const std::string rest = url.substr(url.find("//") + 2);
  const bool clean = std::all_of(rest.begin(), rest.end(),
                                 [](unsigned char c) { return c > ' ' && c != 127; });
  return clean && !rest.empty() && rest.substr(0, rest.find('/')).find('@') == std::string::npos;
}

bool is_loopback(const std::string& url) {
  for (const char* here : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    const std::string start{here};
    if (url.starts_with(start) && (url.size() == start.size() || url[start.size()] == ':' ||
                                   url[start.size()] == '/'))
      return true;
  }
  return false;
}

std::optional<fs::path> executable(const fs::path& file) {
  std::error_code error;
  if (fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0) return file;
  return std::nullopt;
}

// The secret, or what is wrong with it, by the member that names its file.
std::string secret_of(const SecretSource& source, const fs::path& folder, const char* member) {
  auto secret = read_secret(source, folder);
  if (const auto* none = std::get_if<NoSecret>(&secret))
    throw std::runtime_error{std::string{member} + ": " + none->wrong + "; " + none->right};
  return std::get<std::string>(std::move(secret));
}

}  // namespace

NotifyConfig read_notify(const json& block, const fs::path& file, std::vector<Mistake>& mistakes) {
  const auto wrong = [&](const std::string& at, std::string what, std::string right) {
    mistakes.push_back({file.string(), "/notify" + at, std::move(what), std::move(right)});
  };
  NotifyConfig config;
  config.folder = fs::absolute(file).parent_path();
  config.command = block.value("command", config.command);
  const json webhook = block.value("webhook", json::object());
  config.url = webhook.value("url", "");
  config.url_source.file = webhook.value("url_file", "");
  config.token.file = webhook.value("token_file", "");
  const json mail = block.value("email", json::object());
  config.mail_to = mail.value("to", config.mail_to);
  config.mail_from = mail.value("from", "");
  config.language = block.value("language", config.language);
  config.events = block.value("events", config.events);
  config.away = std::chrono::minutes{block.value("away_minutes", config.away.count())};
  config.timeout = std::chrono::seconds{block.value("timeout_seconds", config.timeout.count())};
  if (block.contains("webhook") && config.url.empty() == config.url_source.file.empty())
    wrong("/webhook", "where messages go is said " + std::string{config.url.empty() ? "nowhere" : "twice"},
          "\"url\": an address; or \"url_file\": a file that holds it, where it is a secret");
  // What is wrong may hold a secret: it is not shown.
  if (!config.url.empty() && !is_address(config.url))
    wrong("/webhook/url", "it is no address, or has a name or password in it",
          "https://HOST/PATH; or \"url_file\" for an address that is a secret, \"token_file\" for a password");
  if (!config.token.file.empty() && config.url.starts_with("http:") && !is_loopback(config.url))
    wrong("/webhook/url", "the token would travel unprotected over the network", "an https:// address");
  if (!config.tells_anybody() && !block.contains("webhook"))
    wrong("", "it names nobody to tell", "\"command\", \"webhook\" or \"email\"; or remove it");
  return config;
}

std::optional<fs::path> program_at(const std::string& name) {
  if (name.find('/') != std::string::npos) return executable(name);
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "/usr/bin:/bin" : path;
  for (std::size_t from = 0; from <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', from), folders.size());
    if (end > from) {
      if (auto found = executable(fs::path{folders.substr(from, end - from)} / name)) return found;
    }
    from = end + 1;
  }
  return std::nullopt;
}

std::optional<fs::path> sendmail_at() {
  if (auto found = program_at("sendmail")) return found;
  // cron's own PATH has neither.
  for (const char* place : {"/usr/sbin/sendmail", "/usr/lib/sendmail"}) {
    if (auto found = executable(place)) return found;
  }
  return std::nullopt;
}

std::string webhook_url(const NotifyConfig& config) {
  if (!config.url.empty()) return config.url;
  std::string url = secret_of(config.url_source, config.folder, "url_file");
  if (!url.starts_with("https://") && !is_loopback(url))
    throw std::runtime_error{"url_file: it holds no https:// address; the address, and nothing else"};
  return url;
}

std::string webhook_token(const NotifyConfig& config) {
  return secret_of(config.token, config.folder, "token_file");
}

std::vector<NotifyTrouble> troubles_of(const NotifyConfig& config) {
  std::vector<NotifyTrouble> troubles;
  if (!config.command.empty() && !program_at(config.command.front()))
    troubles.push_back({"command", "there is no program " + config.command.front(),
                        "the path of one that the user who runs miroir may execute"});
  if (!config.mail_to.empty() && !sendmail_at())
    troubles.push_back({"email", "there is no sendmail on this machine",
                        "apt-get install msmtp-mta, or another mail transport agent"});
  if (!config.has_webhook()) return troubles;
  try {
    webhook_url(config);
    webhook_token(config);
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    const std::size_t end = text.find("; ");
    troubles.push_back({"webhook", text.substr(0, end),
                        end == std::string::npos ? "" : text.substr(end + 2)});
  }
  return troubles;
}

}  // namespace miroir

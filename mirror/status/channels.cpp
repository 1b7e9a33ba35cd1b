#include "mirror/status/channels.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "mirror/cli/child.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/status/webhook.hpp"

namespace miroir {
namespace {

void send_by_command(const NotifyConfig& config, const Message& message) {
  const auto program = program_at(config.command.front());
  if (!program) throw std::runtime_error{"there is no program " + config.command.front()};
  run_child({.program = program->string(),
             .words = config.command,
             .environment = {{"MIROIR_EVENT", message.event},
                             {"MIROIR_SITE", message.site},
                             {"MIROIR_PHASE", message.phase},
                             {"MIROIR_SUBJECT", message.subject}}},
            message.text, config.timeout);
}

void send_by_webhook(const NotifyConfig& config, const Message& message) {
  nlohmann::ordered_json object{{"event", message.event}, {"site", nullptr}, {"phase", message.phase},
                                {"fresh", message.fresh}, {"open", message.open}, {"since", nullptr},
                                {"address", nullptr}};
  if (!message.site.empty()) object["site"] = message.site;
  if (!message.since.empty()) object["since"] = message.since;
  if (!message.address.empty()) object["address"] = message.address;
  object["subject"] = message.subject;
  object["text"] = message.text;
  post_json(webhook_url(config), webhook_token(config), to_line(object), config.timeout);
}

void send_by_mail(const NotifyConfig& config, const Message& message) {
  const auto program = sendmail_at();
  if (!program) throw std::runtime_error{"there is no sendmail on this machine"};
  run_child({.program = program->string(), .words = {"sendmail", "-i", "-t"}},
            mail_of(config, message), config.timeout);
}

// A header's text (RFC 2047), in pieces that are short enough and divide no character.
std::string in_ascii(const std::string& text) {
  const auto plain = [](unsigned char c) { return c >= ' ' && c < 127; };
  if (std::all_of(text.begin(), text.end(), plain)) return text;
  constexpr std::size_t piece_max = 60;
  constexpr const char* digits = "0123456789ABCDEF";
  std::string out, piece;
  const auto end_piece = [&] {
    out += (out.empty() ? "" : "\n ") + ("=?UTF-8?Q?" + piece + "?=");
    piece.clear();
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool begins = (byte & 0xC0U) != 0x80U;
    if (begins && piece.size() + 12 > piece_max) end_piece();
    if (std::isalnum(byte) != 0 && byte < 128) {
      piece += c;
    } else {
      piece += {'=', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  end_piece();
  return out;
}

}  // namespace

std::string mail_of(const NotifyConfig& config, const Message& message) {
  std::string to;
  for (const std::string& one : config.mail_to) to += (to.empty() ? "" : ", ") + one;
  std::string mail = "To: " + to + "\n";
  if (!config.mail_from.empty()) mail += "From: " + config.mail_from + "\n";
  return mail + "Subject: " + in_ascii(message.subject) +
         "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
         "Content-Transfer-Encoding: 8bit\nAuto-Submitted: auto-generated\n\n" +
         message.text;
}

std::vector<Way> ways_of(const NotifyConfig& config) {
  std::vector<Way> ways;
  const auto add = [&](const char* name, auto send) {
    ways.push_back({name, [&config, send](const Message& message) { send(config, message); }});
  };
  if (!config.command.empty()) add("command", send_by_command);
  if (config.has_webhook()) add("webhook", send_by_webhook);
  if (!config.mail_to.empty()) add("email", send_by_mail);
  return ways;
}

}  // namespace miroir

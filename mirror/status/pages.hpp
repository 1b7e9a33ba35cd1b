// The pages and the API: what the routes lead to. Each reads the store by a connection of its own
// (records.hpp); what people ask becomes a request to the next cycle, as with the verbs. They throw
// PageError, VerbError, StoreError, which become pages in one place (routes.cpp).
#pragma once

#include "mirror/status/visit.hpp"

namespace miroir {

HttpResponse health_page(Visit& visit);
HttpResponse metrics_page(Visit& visit);
HttpResponse asset_page(Visit& visit);
HttpResponse events_page(Visit& visit);
HttpResponse language_page(Visit& visit);

HttpResponse sign_in_page(Visit& visit);
HttpResponse sign_in(Visit& visit);
HttpResponse sign_out(Visit& visit);

HttpResponse home_page(Visit& visit);
HttpResponse strip_part(Visit& visit);
HttpResponse synchronise(Visit& visit);
// Starts a cycle, and notes who wanted it; false: one is running.
bool synchronise_now(const Visit& visit);
HttpResponse accept_brake(Visit& visit);

HttpResponse check_page(Visit& visit);
HttpResponse question_page(Visit& visit);
HttpResponse group_page(Visit& visit);
HttpResponse preview_page(Visit& visit);  // Of one question, or of a group.
HttpResponse save_answer(Visit& visit);
HttpResponse retry(Visit& visit);
HttpResponse ignore_page(Visit& visit);
HttpResponse save_ignore(Visit& visit);
HttpResponse save_unignore(Visit& visit);

HttpResponse search_page(Visit& visit);
HttpResponse record_page(Visit& visit);
HttpResponse cycles_page(Visit& visit);
HttpResponse journal_page(Visit& visit);
HttpResponse journal_csv(Visit& visit);
HttpResponse undo_page(Visit& visit);
HttpResponse save_undo(Visit& visit);

HttpResponse accounts_page(Visit& visit);
HttpResponse account_page(Visit& visit);
HttpResponse add_account(Visit& visit);
HttpResponse save_role(Visit& visit);
HttpResponse save_password(Visit& visit);
HttpResponse remove_account(Visit& visit);

HttpResponse manage_page(Visit& visit);
HttpResponse preview_pause(Visit& visit);
HttpResponse save_pause(Visit& visit);
HttpResponse save_resume(Visit& visit);
HttpResponse begin_resync(Visit& visit);
HttpResponse begin_link(Visit& visit);
HttpResponse begin_unlink(Visit& visit);
HttpResponse task_page(Visit& visit);
HttpResponse confirm_task(Visit& visit);
HttpResponse discard_task(Visit& visit);

HttpResponse api_description(Visit& visit);
HttpResponse api_status(Visit& visit);
HttpResponse api_held(Visit& visit);
HttpResponse api_held_item(Visit& visit);
HttpResponse api_answer(Visit& visit);
HttpResponse api_retry(Visit& visit);
HttpResponse api_ignore(Visit& visit);  // A question, or what is set aside; so the next.
HttpResponse api_unignore(Visit& visit);
HttpResponse api_undo(Visit& visit);
HttpResponse api_trace(Visit& visit);
HttpResponse api_acts(Visit& visit);
HttpResponse api_cycles(Visit& visit);
HttpResponse api_cycle(Visit& visit);

}  // namespace miroir

// Every page keeps itself up to date: the server says when something may have changed, and the page
// is asked for again. Of the answer are shown the parts that are marked data-live; a form that is
// being filled in stays, and it is said when what it was about has moved (data-stays). Without this
// script everything works, by reloading.
(function () {
  'use strict';
  const from = document.body.dataset.from;
  const lost = document.getElementById('lost');
  const moved = document.getElementById('moved');
  if (!from || !window.EventSource) return;

  const patience = 6000;  // Milliseconds without an answer until the page says so.
  const pauseMax = 15000;
  const shown = new Map();  // By id: what stands in each live part, as the server wrote it.
  let source = null;
  let pause = 1000;
  let heard = Date.now();
  let isSaidLost = false;
  let asking = false;
  let again = false;

  for (const part of document.querySelectorAll('[data-live]')) shown.set(part.id, part.innerHTML);

  function clock(date) {
    return ('0' + date.getHours()).slice(-2) + ':' + ('0' + date.getMinutes()).slice(-2);
  }

  function isWell() {
    heard = Date.now();
    pause = 1000;
    if (!isSaidLost) return;
    isSaidLost = false;
    lost.hidden = true;
    document.body.classList.remove('is-lost');
  }

  function isLost() {
    if (isSaidLost || Date.now() - heard < patience) return;
    isSaidLost = true;
    lost.textContent = lost.dataset.lost.replace('{}', clock(new Date(heard)));
    lost.hidden = false;
    document.body.classList.add('is-lost');
  }

  function isSignedOut() {
    stop();
    const link = document.createElement('a');
    link.href = '/sign-in';
    link.textContent = lost.dataset.signIn;
    lost.textContent = lost.dataset.signedOut + ' ';
    lost.append(link);
    lost.hidden = false;
  }

  // What a person stands on, or has opened, stays so.
  function replace(part, fresh) {
    part.className = fresh.className;
    if (shown.get(part.id) === fresh.innerHTML) return;
    shown.set(part.id, fresh.innerHTML);
    const at = document.activeElement && part.contains(document.activeElement)
        ? document.activeElement.id : null;
    const open = [...part.querySelectorAll('details')].map(function (one) { return one.open; });
    part.replaceChildren(...fresh.childNodes);
    part.querySelectorAll('details').forEach(function (one, i) { if (open[i]) one.open = true; });
    const same = at ? document.getElementById(at) : null;
    if (same) same.focus();
  }

  function show(html) {
    const page = new DOMParser().parseFromString(html, 'text/html');
    for (const part of document.querySelectorAll('[data-live]')) {
      const fresh = page.getElementById(part.id);
      if (fresh) replace(part, fresh);
    }
    if (from.startsWith('/part/')) return;
    for (const kept of document.querySelectorAll('[data-stays]')) {
      const fresh = page.getElementById(kept.id);
      if (!fresh || fresh.dataset.stays !== kept.dataset.stays) moved.hidden = false;
    }
  }

  async function ask() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(from, {credentials: 'same-origin', redirect: 'manual', headers: {'X-Live': '1'}});
      if (answer.status === 401) return isSignedOut();
      if (answer.ok) show(await answer.text());
      if (answer.status === 404) moved.hidden = false;  // What it was about is no more.
      // Another page answers now, as when a search finds one record alone: that is no loss.
      if (answer.ok || answer.type === 'opaqueredirect') isWell();
    } catch (error) {
      isLost();
    } finally {
      asking = false;
      if (again) {
        again = false;
        ask();
      }
    }
  }

  // A browser gives up after some failures: then it is begun anew, more and more seldom.
  function listen() {
    if (source || document.hidden) return;
    source = new EventSource('/events');
    source.addEventListener('pulse', ask);
    source.onopen = isWell;
    source.onerror = function () {
      isLost();
      if (!source || source.readyState !== EventSource.CLOSED) return;
      stop();
      setTimeout(function () { ask(); listen(); }, pause);
      pause = Math.min(pause * 2, pauseMax);
    };
  }

  function stop() {
    if (source) source.close();
    source = null;
  }

  // A browser has few connections for one server: a page that nobody sees holds none.
  document.addEventListener('visibilitychange', function () {
    if (document.hidden) return stop();
    heard = Date.now();
    listen();
  });

  listen();
  setInterval(function () { if (source && source.readyState !== EventSource.OPEN) isLost(); }, 1000);
})();

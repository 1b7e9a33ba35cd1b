// The first page keeps itself up to date: the server says when something may have changed, and the
// part that shows it is asked for again. Without this script everything works, by reloading.
(function () {
  'use strict';
  const live = document.getElementById('live');
  const lost = document.getElementById('lost');
  if (!live || !window.EventSource) return;

  const patience = 6000;  // Milliseconds without an answer until the page says so.
  const pauseMax = 15000;
  let source = null;
  let pause = 1000;
  let heard = Date.now();
  let lostSince = null;
  let asking = false;
  let again = false;

  function clock(date) {
    return ('0' + date.getHours()).slice(-2) + ':' + ('0' + date.getMinutes()).slice(-2);
  }

  function isWell() {
    heard = Date.now();
    pause = 1000;
    if (lostSince === null) return;
    lostSince = null;
    lost.hidden = true;
    document.body.classList.remove('is-lost');
  }

  function isLost() {
    if (lostSince !== null || Date.now() - heard < patience) return;
    lostSince = new Date(heard);
    lost.textContent = lost.dataset.lost.replace('{}', clock(lostSince));
    lost.hidden = false;
    document.body.classList.add('is-lost');
  }

  function isSignedOut() {
    if (source) source.close();
    source = null;
    const link = document.createElement('a');
    link.href = '/sign-in';
    link.textContent = lost.dataset.signIn;
    lost.textContent = lost.dataset.signedOut + ' ';
    lost.append(link);
    lost.hidden = false;
  }

  // What a person is typing into, or stands on, stays.
  function show(html) {
    if (html === live.dataset.shown) return;
    const at = document.activeElement && live.contains(document.activeElement)
        ? document.activeElement.id : null;
    live.dataset.shown = html;
    live.innerHTML = html;
    if (at) {
      const same = document.getElementById(at);
      if (same) same.focus();
    }
  }

  async function ask() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(live.dataset.from, {credentials: 'same-origin', redirect: 'error'});
      if (answer.status === 401) return isSignedOut();
      if (answer.ok) {
        show(await answer.text());
        isWell();
      }
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
    source = new EventSource('/events');
    source.addEventListener('pulse', ask);
    source.onopen = isWell;
    source.onerror = function () {
      isLost();
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      setTimeout(function () { ask(); listen(); }, pause);
      pause = Math.min(pause * 2, pauseMax);
    };
  }

  listen();
  setInterval(function () { if (source && source.readyState !== EventSource.OPEN) isLost(); }, 1000);
})();

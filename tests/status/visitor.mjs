// Somebody who is signed in, over plain connections: what the server sends, without a browser.
import {passwords} from './pair.mjs';

export class Visitor {
  constructor(origin, language = 'fr') {
    this.origin = origin;
    this.headers = {'accept-language': language, origin};
  }

  static async signedIn(origin, name, language) {
    const visitor = new Visitor(origin, language);
    const answer = await visitor.send('/sign-in', {name, password: passwords[name], to: '/'});
    visitor.headers.cookie = answer.headers.getSetCookie()[0].split(';')[0];
    visitor.token = (await visitor.get('/')).text.match(/name="token" value="([0-9a-f]+)"/)[1];
    return visitor;
  }

  async get(way) { return this.answered(await fetch(this.origin + way, {headers: this.headers, redirect: 'manual'})); }
  post(way, fields = {}) { return this.send(way, {token: this.token, ...fields}); }
  async send(way, fields) {
    return this.answered(await fetch(this.origin + way, {
      method: 'POST', headers: this.headers, body: new URLSearchParams(fields), redirect: 'manual'}));
  }
  async answered(response) {
    return {status: response.status, headers: response.headers, text: await response.text()};
  }
}

// What a page says; without what stands under "technical details".
export const words = (html) => plain(html.replace(/<details>[\s\S]*?<\/details>/g, ' '));
// Only what stands there.
export const details = (html) =>
  plain((html.match(/<details>[\s\S]*?<\/details>/g) ?? []).join(' '));
const plain = (html) => html.replace(/[\s\S]*<main[^>]*>/, ' ').replace(/<\/main>[\s\S]*/, ' ')
  .replace(/<[^>]*>/g, ' ').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
  .replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');

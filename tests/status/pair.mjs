// A shop and an ERP in two SQLite files, the real program between them, and `miroir serve` on a free
// port. People edit with the sqlite3 shell; nothing here uses miroir's code.
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.MIROIR_PROGRAM ?? path.join(root, 'build/dev/miroir');

// It is between noon and one o'clock wherever these tests run, for all that they start: at night, what happened half
// an hour ago would be said to be of yesterday. (Etc/GMT-3 is three hours ahead of UTC.)
const ahead = 12 - new Date().getUTCHours();
process.env.TZ = `Etc/GMT${ahead < 0 ? '+' : '-'}${Math.abs(ahead)}`;

export const passwords = {
  lea: 'quatre mots faciles à retenir', paul: 'un autre mot de passe', alma: 'the third of them',
};
export const roles = {lea: 'clerk', paul: 'reader', alma: 'administrator'};

export class Pair {
  constructor(serve = {}, others = {}) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'miroir-page.'));
    const ddl = (system) => readFileSync(path.join(root, 'schema/ddl', system, 'sqlite.sql'), 'utf8');
    for (const [site, system] of [['shop', 'shop'], ['erp', 'erp']]) {
      mkdirSync(this.file(site));
      this.sql(site, 'PRAGMA journal_mode = WAL');
      this.sql(site, ddl(system));
    }
    this.sql('shop', smallWorld);
    writeFileSync(this.file('miroir.json'), JSON.stringify({
      sites: {shop: this.site('shop'), erp: this.site('erp')},
      mapping: path.join(root, 'schema/mappings/shop-navision/shop-navision.json'),
      state: 'state.db', serve, ...others,
    }));
    this.miroir(['install', '--yes']);
    this.miroir(['seed']);
    this.cycle();
    for (const [name, role] of Object.entries(roles))
      this.miroir(['user', 'add', name, '--role', role], {input: passwords[name] + '\n'});
  }

  file(name) { return path.join(this.folder, name); }
  read(name) { return readFileSync(this.file(name), 'utf8'); }
  write(name, text) { writeFileSync(this.file(name), text); }
  database(site) { return path.join(this.folder, site, `${site}.db`); }
  site(name) {
    return {connector: 'odbc', dialect: 'sqlite', connection: `Driver=SQLite3;Database=${name}/${name}.db`};
  }

  // What people do at a site; with one value, that is what is returned.
  sql(site, text) { return this.run(this.database(site), text); }
  // In miroir's own state, for what time alone would do.
  state(text) { return this.run(this.file('state.db'), text); }
  run(file, text) {
    return execFileSync('sqlite3', ['-batch', '-bail', '-cmd', '.timeout 10000', file], {input: text, encoding: 'utf8'}).trim();
  }

  // Throws unless it ends with one of these exit codes.
  miroir(words, {codes = [0], input = ''} = {}) {
    const ended = spawnSync(program, [...words, '--config', this.file('miroir.json')], {input, encoding: 'utf8'});
    if (codes.includes(ended.status)) return ended.stdout;
    throw new Error(`${words.join(' ')}: ${ended.status ?? ended.signal} ${ended.stdout} ${ended.stderr}`);
  }
  cycle(codes = [0]) { return this.miroir(['cycle', '--json'], {codes}); }

  // The line to a site is cut, and mended; its own users notice nothing.
  cut(site) { renameSync(this.file(site), this.file(`${site}.away`)); }
  mend(site) { renameSync(this.file(`${site}.away`), this.file(site)); }

  // The two disagree about Anne's payment terms: a question.
  disagree(shop = '60J', erp = 'COMPTANT') {
    this.sql('shop', `UPDATE customer SET payment_terms = '${shop}' WHERE id = 1`);
    this.sql('erp', `UPDATE "CRONUS France$Customer" SET "Payment Terms Code" = '${erp}' WHERE "No_" = 'W1'`);
    this.cycle([4]);
  }

  // A product that the ERP refuses: a trigger of its own.
  refuse() {
    this.sql('erp', `CREATE TRIGGER no_magnum BEFORE INSERT ON "CRONUS France$Item"
      WHEN NEW."No_" LIKE 'MAG%' BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: no magnums'); END`);
    this.sql('shop', `INSERT INTO product (sku, name, price, published) VALUES ('MAG-1', 'Magnum', '60', 1)`);
    this.cycle([4]);
  }
  allow() { this.sql('erp', 'DROP TRIGGER no_magnum'); }

  async serve(listen = '127.0.0.1:0') {
    this.server = spawn(program, ['serve', '--listen', listen, '--config', this.file('miroir.json')],
                        {stdio: ['ignore', 'pipe', 'pipe']});
    this.said = '';
    this.server.stderr.on('data', (chunk) => { this.said += chunk; });
    this.address = await new Promise((resolve, reject) => {
      let out = '';
      this.server.stdout.on('data', (chunk) => {
        out += chunk;
        const found = out.match(/http:\/\/\S+/);
        if (found) resolve(found[0]);
      });
      this.server.on('exit', (code) => reject(new Error(`serve ended with ${code}: ${this.said}`)));
    });
    return this.address;
  }

  // Where people type another address it does not print its own: there is only to wait for it.
  async serveBehind(listen = '127.0.0.1:0') {
    this.server = spawn(program, ['serve', '--listen', listen, '--config', this.file('miroir.json')],
                        {stdio: ['ignore', 'pipe', 'ignore']});
    await new Promise((resolve, reject) => {
      this.server.stdout.once('data', resolve);
      this.server.on('exit', (code) => reject(new Error(`serve ended with ${code}`)));
    });
  }

  // Returns how long it took, in milliseconds, and the exit code.
  async stop(signal = 'SIGTERM') {
    const server = this.server;
    if (!server || server.exitCode !== null) return {};
    const began = Date.now();
    const ended = new Promise((resolve) => server.once('exit', (code) => resolve(code)));
    server.kill(signal);
    return {code: await ended, took: Date.now() - began};
  }

  async remove() {
    await this.stop('SIGKILL');
    rmSync(this.folder, {recursive: true, force: true});
  }
}

const smallWorld = `
INSERT INTO customer (email, first_name, last_name, company, phone, line1, postcode, city, country, newsletter) VALUES
  ('anne@exemple.fr', 'Anne', 'Chevalier', NULL, '+33 1 23 45 67 89', '1 rue des Vignes', '21200', 'Beaune', 'FR', 1),
  ('benoit@exemple.fr', 'Benoît', 'Lefèvre', 'Cave d''Or', NULL, '2 quai Nord', '69002', 'Lyon', 'FR', 0),
  ('xss@exemple.fr', '<script>alert(1)</script>', '"><img src=x onerror=alert(2)>', NULL, NULL, NULL, NULL, NULL, 'FR', 0);
INSERT INTO product (sku, name, vintage, bottle_cl, price, published) VALUES
  ('CHX-2015', 'Chassagne-Montrachet', 2015, 75, '42.50', 1), ('BEA-2018', 'Beaune Grèves', 2018, 75, '31.90', 1);
INSERT INTO stock (product_id, location, on_hand) VALUES (1, 'WEB', '24'), (2, 'WEB', '6');
INSERT INTO sales_order (order_no, customer_id, state, currency, placed_at, customer_note, items_total, shipping_total,
  grand_total, bill_name, bill_line1, bill_city) VALUES
  ('S-1001', 1, 'placed', 'EUR', '2026-01-07T09:00:00Z', 'Sonner deux fois', '85', '10', '95', 'Anne Chevalier',
   '1 rue des Vignes', 'Beaune');
INSERT INTO order_line (order_id, line_no, kind, product_id, description, qty, unit_price, discount_pct, line_total) VALUES
  (1, 1, 'item', 1, 'Chassagne-Montrachet 2015', '2', '42.50', '0', '85');
`;

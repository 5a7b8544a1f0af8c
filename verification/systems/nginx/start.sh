# nginx in the foreground: RATELAB_NODELAY is "nodelay", or empty to hold back what comes too early.
set -eu
per_minute=$((RATELAB_PERMITS * 60000 / RATELAB_WINDOW_MS))
# The first request is not counted by its burst, which cannot be 0.
queue=
[ "$RATELAB_BURST" -le 1 ] || queue="burst=$((RATELAB_BURST - 1)) ${RATELAB_NODELAY-nodelay}"
# Workers that gave up root could not enter the directory.
user=$([ "$(id -u)" = 0 ] && echo 'user root;' || true)
cat > "$RATELAB_DIRECTORY/nginx.conf" <<CONFIGURATION
$user
daemon off;
worker_processes 2;
pid nginx.pid;
error_log stderr error;
events {
  worker_connections 4096;
}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000000;
  large_client_header_buffers 4 64k;
  limit_req_zone \$arg_key zone=keys:16m rate=${per_minute}r/m;
  limit_req_log_level info;
  server {
    listen 127.0.0.1:$RATELAB_PORT;
    location = /check {
      limit_req zone=keys $queue;
      limit_req_status 429;
      # "return" would be carried out before limit_req is asked.
      try_files /none @admitted;
    }
    location @admitted {
      return 200;
    }
  }
}
CONFIGURATION
exec nginx -p "$RATELAB_DIRECTORY/" -c nginx.conf -e stderr

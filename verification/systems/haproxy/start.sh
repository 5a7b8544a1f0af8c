# haproxy in the foreground, which answers itself: 429 above the limit's rate, 200 below.
set -eu
cat > "$RATELAB_DIRECTORY/haproxy.cfg" <<CONFIGURATION
global
  maxconn 4096
  tune.bufsize 65536
defaults
  mode http
  timeout client 1h
  timeout http-keep-alive 1h
  timeout connect 5s
  timeout server 1h
frontend check
  bind 127.0.0.1:$RATELAB_PORT
  stick-table type string len 8192 size 10k expire $((RATELAB_WINDOW_MS * 3))ms store http_req_rate(${RATELAB_WINDOW_MS}ms)
  http-request track-sc0 url_param(key)
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt $RATELAB_PERMITS }
  http-request return status 200
CONFIGURATION
exec haproxy -db -f "$RATELAB_DIRECTORY/haproxy.cfg"

# varnishd in the foreground, which answers itself: it has no backend.
set -eu
cat > "$RATELAB_DIRECTORY/throttle.vcl" <<CONFIGURATION
vcl 4.1;
import vsthrottle;
backend default none;
sub vcl_recv {
  set req.http.key = regsub(req.url, "^.*[?&]key=([^&]*).*\$", "\1");
  if (vsthrottle.is_denied(req.http.key, $RATELAB_PERMITS, ${RATELAB_WINDOW_MS}ms)) {
    return (synth(429));
  }
  return (synth(200));
}
sub vcl_synth {
  set resp.http.X-RateLimit-Remaining = vsthrottle.remaining(req.http.key, $RATELAB_PERMITS, ${RATELAB_WINDOW_MS}ms);
  return (deliver);
}
CONFIGURATION
exec varnishd -F -j none -n "$RATELAB_DIRECTORY/varnish" -a "127.0.0.1:$RATELAB_PORT" -T none \
  -f "$RATELAB_DIRECTORY/throttle.vcl" -s malloc,16m -p timeout_idle=3600 \
  -p http_req_size=65536 -p http_req_hdr_len=32768 -p workspace_client=256k

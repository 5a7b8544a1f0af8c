package dev.ratelab.bench.peer;

import dev.ratelab.limiter.Limit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The module limit_req of nginx, a key being an argument of the URL, its state shared by as many workers as there are cores.
 *
 * <p>The rate is a whole number of requests a minute. Of a burst of B the first request is not counted by its configuration:
 * {@code burst=B-1 nodelay}. Its clock counts milliseconds.
 */
public final class NginxPeer implements HttpPeer {
  private static final String PROGRAM = "nginx";

  // The location answers by way of another, because "return" is carried out before limit_req is
  // asked.
  private static final String CONFIGURATION = """
      %s
      daemon off;
      worker_processes auto;
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
        default_type text/plain;
        limit_req_zone $arg_key zone=keys:64m rate=%sr/m;
        limit_req_log_level info;
        server {
          listen 127.0.0.1:%s;
          location = /check {
            limit_req zone=keys%s;
            limit_req_status 429;
            try_files /none @admitted;
          }
          location @admitted {
            return 200 "admitted";
          }
        }
      }
      """;

  @Override
  public String name() {
    return "nginx";
  }

  @Override
  public Optional<String> absentBecause() {
    return Program.find(PROGRAM).isPresent()
        ? Optional.empty()
        : Optional.of(
            "no program nginx on this machine; install it, for example the package nginx-light of Debian");
  }

  @Override
  public String version() {
    return Program.output(program().toString(), "-v").replaceFirst("^.*nginx/", "nginx ");
  }

  @Override
  public Peer.Terms terms() {
    return new Peer.Terms(
        "at most B + N·t/W in every t: limit_req, which it calls a leaky bucket, without delaying anybody, and which decides as GCRA does",
        "the rate is whole requests a minute and at least one; the clock counts milliseconds",
        "the status alone",
        "the URL's argument in a shared memory zone of 64 MiB",
        "the least recently used go when the zone is full",
        "a lock that all workers share");
  }

  @Override
  public boolean needsRedis() {
    return false;
  }

  @Override
  public Program start(Limit limit, @Nullable String redisUrl)
      throws IOException, InterruptedException {
    Path program = program();
    long perMinute = perMinute(limit);
    int port = Program.freePort();
    String burst = limit.burst() == 1 ? "" : " burst=%s nodelay".formatted(limit.burst() - 1);
    // Workers that gave up root could not enter the directory.
    String user = "root".equals(System.getProperty("user.name")) ? "user root;" : "";
    Path directory = Files.createTempDirectory("ratelab-nginx-");
    Files.writeString(
        directory.resolve("nginx.conf"), CONFIGURATION.formatted(user, perMinute, port, burst));
    return Program.start(
        directory,
        port,
        List.of(program.toString(), "-p", directory + "/", "-c", "nginx.conf", "-e", "stderr"));
  }

  private Path program() {
    requirePresent();
    return Program.find(PROGRAM).orElseThrow();
  }

  private static long perMinute(Limit limit) {
    double rate = (double) limit.permits() * TimeUnit.MINUTES.toMicros(1) / limit.windowMicros();
    if (rate < 1) {
      throw new IllegalArgumentException(
          "nginx limits whole requests a minute, but %s asks for %s; accepted: at least 1"
              .formatted(limit, rate));
    }
    return Math.round(rate);
  }
}

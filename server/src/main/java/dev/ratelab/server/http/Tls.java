package dev.ratelab.server.http;

import dev.ratelab.limiter.redis.SmallFile;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS 1.2 and 1.3 with a certificate from files. When the files change, connections that come later get the new certificate; one that
 * cannot be used is told in the log, and the one before stays.
 */
public final class Tls {
  private static final Logger LOG = LoggerFactory.getLogger(Tls.class);
  private static final long LOOK_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long STABLE_NANOS = Duration.ofSeconds(1).toNanos();

  private final Path certificate;
  private final Path key;
  private final @Nullable Path keyPasswordFile;
  private final @Nullable Path clientCa;
  private final ClientAuth clientAuth;
  private final LongSupplier nanoTime;
  private final ReentrantLock looking = new ReentrantLock();
  private volatile SslContext context;
  private volatile long due;

  private List<FileTime> seen;
  private List<FileTime> read;

  /**
   * Reads the files.
   *
   * @param certificate the server's certificate and those up to its authority, in PEM
   * @param key its private key, in PEM (PKCS #8)
   * @param keyPasswordFile what the key is encrypted with, or null if it is not
   * @param clientCa the authorities whose certificates clients may show, in PEM, or null for none
   * @param clientAuth whether clients are asked for one
   * @param nanoTime a clock like {@link System#nanoTime()}
   * @throws IOException if they cannot be used; the message says which and why
   */
  public Tls(
      Path certificate,
      Path key,
      @Nullable Path keyPasswordFile,
      @Nullable Path clientCa,
      ClientAuth clientAuth,
      LongSupplier nanoTime)
      throws IOException {
    this.certificate = certificate;
    this.key = key;
    this.keyPasswordFile = keyPasswordFile;
    this.clientCa = clientCa;
    this.clientAuth = clientAuth;
    this.nanoTime = nanoTime;
    due = nanoTime.getAsLong() + LOOK_NANOS;
    seen = times();
    read = seen;
    context = load();
  }

  /** What a new connection is to use. Looks at the files now and then. */
  SslContext context() {
    if (nanoTime.getAsLong() - due >= 0 && looking.tryLock()) {
      try {
        look();
      } catch (IOException | RuntimeException e) {
        LOG.atWarn()
            .addKeyValue("event", "certificate_refused")
            .addKeyValue("reason", e.getMessage())
            .log("the new certificate cannot be used, the one before stays");
      } finally {
        looking.unlock();
      }
    }
    return context;
  }

  /** The subject of a client's certificate, once the handshake is over; null if it showed none. */
  static @Nullable String certified(Channel connection) {
    SslHandler tls = connection.pipeline().get(SslHandler.class);
    try {
      return tls == null ? null : tls.engine().getSession().getPeerPrincipal().getName();
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  /** Files that changed are read once they have not for a second: who is still writing has written only a part. */
  private void look() throws IOException {
    due = nanoTime.getAsLong() + LOOK_NANOS;
    List<FileTime> now = times();
    if (!now.equals(seen)) {
      seen = now;
      due = nanoTime.getAsLong() + STABLE_NANOS;
    } else if (!seen.equals(read)) {
      read = seen;
      context = load();
      LOG.atInfo().addKeyValue("event", "certificate").log("the certificate was read anew");
    }
  }

  private List<FileTime> times() throws IOException {
    List<Path> files = Stream.of(certificate, key, keyPasswordFile, clientCa)
        .filter(Objects::nonNull)
        .toList();
    List<FileTime> times = new ArrayList<>();
    for (Path file : files) {
      try {
        times.add(Files.getLastModifiedTime(file));
      } catch (IOException e) {
        throw new IOException("the file %s cannot be read".formatted(file), e);
      }
    }
    return times;
  }

  private SslContext load() throws IOException {
    SslContextBuilder builder;
    try {
      builder = SslContextBuilder.forServer(
          SmallFile.stream(certificate), SmallFile.stream(key), password());
    } catch (IllegalArgumentException e) {
      throw new IOException("the certificate %s or its key %s cannot be used: %s"
          .formatted(certificate, key, reason(e)));
    }
    if (clientCa != null) {
      try {
        builder.trustManager(SmallFile.stream(clientCa));
      } catch (IllegalArgumentException e) {
        throw new IOException(
            "the authorities %s cannot be used: %s".formatted(clientCa, reason(e)));
      }
    }
    try {
      return builder
          .sslProvider(SslProvider.JDK)
          .protocols("TLSv1.3", "TLSv1.2")
          .clientAuth(clientAuth)
          .applicationProtocolConfig(new ApplicationProtocolConfig(
              ApplicationProtocolConfig.Protocol.ALPN,
              ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
              ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
              ApplicationProtocolNames.HTTP_1_1))
          .build();
    } catch (SSLException e) {
      throw new IOException("the certificate %s and its key %s cannot be used together: %s"
          .formatted(certificate, key, reason(e)));
    }
  }

  private @Nullable String password() throws IOException {
    if (keyPasswordFile == null) {
      return null;
    }
    try (InputStream in = SmallFile.stream(keyPasswordFile)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }

  /** What went wrong, and nothing of the file: its parser's own messages could show some of it. */
  private static String reason(Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause instanceof CertificateException
        ? "no certificate in PEM"
        : cause.getClass().getSimpleName();
  }
}

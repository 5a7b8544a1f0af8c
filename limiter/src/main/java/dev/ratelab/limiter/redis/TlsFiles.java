package dev.ratelab.limiter.redis;

import io.lettuce.core.SslOptions;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * What a connection over TLS trusts and shows, in files of PEM.
 *
 * @param authorities those that may have signed the server's certificate, or null for the ones that the JVM trusts
 * @param certificate the client's certificate and those up to its authority, or null to show none
 * @param key the certificate's private key (PKCS #8, not encrypted), or null without a certificate
 */
public record TlsFiles(
    @Nullable Path authorities,
    @Nullable Path certificate,
    @Nullable Path key) {
  /** The JVM's authorities, and no certificate. */
  public static final TlsFiles NONE = new TlsFiles(null, null, null);

  /**
   * Names the files, which are read when a client connects.
   *
   * @throws IllegalArgumentException if there is a certificate without a key, or a key without a certificate
   */
  public TlsFiles {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException(
          "a client's certificate for Redis needs its key; accepted: both or none");
    }
  }

  /**
   * For sockets of the JDK. Who uses them must still ask for the host's name to be verified.
   *
   * @throws RedisFailure if a file cannot be used; the message shows nothing of what it holds
   */
  SSLSocketFactory sockets() {
    SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
    try {
      if (authorities != null) {
        trust(builder, SmallFile.stream(authorities));
      }
      if (certificate != null && key != null) {
        builder.keyManager(SmallFile.stream(certificate), SmallFile.stream(key));
      }
      return ((JdkSslContext) builder.build()).context().getSocketFactory();
    } catch (SSLException | IllegalArgumentException e) {
      // Not with the parser's words, nor as a cause: they could show some of the key.
      throw new RedisFailure(
          "the certificate %s and its key %s cannot be used; accepted: a certificate in PEM and its key in PEM (PKCS #8)"
              .formatted(certificate, key),
          null);
    } catch (IOException e) {
      throw new RedisFailure(String.valueOf(e.getMessage()), null);
    }
  }

  private void trust(SslContextBuilder builder, InputStream pem) {
    try {
      builder.trustManager(pem);
    } catch (IllegalArgumentException e) {
      throw new RedisFailure(
          "the authorities %s cannot be used; accepted: certificates in PEM".formatted(authorities),
          null);
    }
  }

  /**
   * For Lettuce, which reads the files for each connection anew.
   *
   * @throws RedisFailure if a file cannot be used
   */
  SslOptions lettuce(Duration handshakeTimeout) {
    // Lettuce would tell of a file in its parser's words, and at each attempt to connect.
    var unused = sockets();
    SslOptions.Builder options =
        SslOptions.builder().jdkSslProvider().handshakeTimeout(handshakeTimeout);
    Path trusted = authorities;
    if (trusted != null) {
      options.trustManager(() -> SmallFile.stream(trusted));
    }
    Path shown = certificate;
    Path signing = key;
    if (shown != null && signing != null) {
      options.keyManager(
          () -> SmallFile.stream(shown), () -> SmallFile.stream(signing), new char[0]);
    }
    return options.build();
  }
}

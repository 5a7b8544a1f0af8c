package dev.ratelab.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.ratelab.fixtures.OwnThread;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.check.CheckServer;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** TLS with certificates that are made for each test. */
class TlsTest {
  private static final ServerOptions OPTIONS =
      RunningServers.OPTIONS.withGrace(Duration.ofSeconds(1));

  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  @TempDir
  private Path directory;

  private final AtomicLong nanos = new AtomicLong();
  private X509Bundle authority;

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = new CertificateBuilder()
        .ecp256()
        .subject("CN=authority of a test")
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
    write("ca.pem", authority.getCertificatePEM());
    newCertificate("first");
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private void newCertificate(String name) throws Exception {
    X509Bundle server = new CertificateBuilder()
        .ecp256()
        .subject("CN=" + name)
        .addSanIpAddress("127.0.0.1")
        .addExtendedKeyUsageServerAuth()
        .buildIssuedBy(authority);
    write("cert.pem", server.getCertificatePathPEM());
    write("key.pem", server.getPrivateKeyPEM());
  }

  private X509Bundle client(X509Bundle issuer) throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=some client")
        .addExtendedKeyUsageClientAuth()
        .buildIssuedBy(issuer);
  }

  private Tls tls(ClientAuth clientAuth) throws IOException {
    return new Tls(
        directory.resolve("cert.pem"),
        directory.resolve("key.pem"),
        null,
        clientAuth == ClientAuth.NONE ? null : directory.resolve("ca.pem"),
        clientAuth,
        nanos::get);
  }

  private int start(ClientAuth clientAuth) throws IOException {
    return servers.start(OPTIONS.withTls(tls(clientAuth)));
  }

  private SSLContext trusting(X509Bundle shown) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", authority.getCertificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    if (shown != null) {
      own.setKeyEntry(
          "own", shown.getKeyPair().getPrivate(), new char[0], shown.getCertificatePath());
    }
    keys.init(own, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private HttpResponse<String> check(int port, X509Bundle shown) throws Exception {
    return HttpClient.newBuilder()
        .sslContext(trusting(shown))
        .build()
        .send(request(port), BodyHandlers.ofString());
  }

  private static HttpRequest request(int port) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:%d/check".formatted(port)))
        .POST(BodyPublishers.ofString("{\"key\":\"a\"}"))
        .build();
  }

  private String subject(int port) throws Exception {
    try (SSLSocket socket =
        (SSLSocket) trusting(null).getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    }
  }

  /** Java's client offers HTTP/2 by ALPN unless told otherwise. */
  @Test
  void whoOffersHttp2IsServedOverHttp11() throws Exception {
    int port = start(ClientAuth.NONE);
    HttpResponse<String> response = HttpClient.newBuilder()
        .sslContext(trusting(null))
        .version(Version.HTTP_2)
        .build()
        .send(request(port), BodyHandlers.ofString());

    assertThat(response.version()).isEqualTo(Version.HTTP_1_1);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("\"remaining\":7,");
    try (SSLSocket socket =
        (SSLSocket) trusting(null).getSocketFactory().createSocket("127.0.0.1", port)) {
      SSLParameters offer = socket.getSSLParameters();
      offer.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      socket.setSSLParameters(offer);
      socket.startHandshake();
      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
    }
  }

  @Test
  void tlsBefore12IsRefused() throws Exception {
    int port = start(ClientAuth.NONE);
    for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
      try (SSLSocket socket =
          (SSLSocket) trusting(null).getSocketFactory().createSocket("127.0.0.1", port)) {
        socket.setSSLParameters(new SSLParameters(null, new String[] {protocol}));
        socket.startHandshake();
        assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
      }
    }
    assertThat(tls(ClientAuth.NONE)
            .context()
            .newHandler(UnpooledByteBufAllocator.DEFAULT)
            .engine()
            .getEnabledProtocols())
        .containsExactlyInAnyOrder("TLSv1.2", "TLSv1.3");
  }

  /** TLS 1.2 knows a second handshake. It changes nothing for who is connected. */
  @Test
  void aHandshakeThatIsRenewedIsNoNewConnection() throws Exception {
    int port = start(ClientAuth.NONE);
    try (SSLSocket socket =
        (SSLSocket) trusting(null).getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.setSSLParameters(new SSLParameters(null, new String[] {"TLSv1.2"}));
      for (int i = 0; i < 2; i++) {
        socket.startHandshake();
        socket.getOutputStream().write(RawClient.check("a").getBytes(StandardCharsets.UTF_8));
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.UTF_8))
            .isEqualTo("HTTP/1.1 200");
        socket.getInputStream().skipNBytes(socket.getInputStream().available());
      }
    }
  }

  @Test
  void aCertificateThatIsRequiredMustBeShown() throws Exception {
    int port = start(ClientAuth.REQUIRE);

    assertThat(check(port, client(authority)).statusCode()).isEqualTo(200);
    assertThatIOException().isThrownBy(() -> check(port, null));
    X509Bundle stranger = new CertificateBuilder()
        .ecp256()
        .subject("CN=authority of others")
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
    assertThatIOException().isThrownBy(() -> check(port, client(stranger)));
    assertThat(servers.dropped("handshake")).isEqualTo(2);
  }

  @Test
  void aCertificateThatIsWantedMayBeMissing() throws Exception {
    int port = start(ClientAuth.OPTIONAL);

    assertThat(check(port, client(authority)).statusCode()).isEqualTo(200);
    assertThat(check(port, null).statusCode()).isEqualTo(200);
  }

  /** A changed file serves connections that come later; one that cannot be used changes nothing. */
  @Test
  void aNewCertificateIsTakenUp() throws Exception {
    int port = start(ClientAuth.NONE);
    assertThat(subject(port)).isEqualTo("CN=first");

    newCertificate("second");
    later();
    assertThat(subject(port)).as("perhaps it is still written").isEqualTo("CN=first");
    stays();
    assertThat(subject(port)).isEqualTo("CN=second");

    write("cert.pem", "no certificate");
    later();
    assertThat(subject(port)).isEqualTo("CN=second");
    stays();
    assertThat(subject(port)).isEqualTo("CN=second");

    Files.delete(directory.resolve("cert.pem"));
    Files.createSymbolicLink(directory.resolve("cert.pem"), Path.of("/dev/zero"));
    nanos.addAndGet(Duration.ofSeconds(20).toNanos());
    assertThat(subject(port)).isEqualTo("CN=second");
    stays();
    assertThat(subject(port)).isEqualTo("CN=second");
    Files.delete(directory.resolve("cert.pem"));

    newCertificate("third");
    later();
    assertThat(subject(port)).isEqualTo("CN=second");
    stays();
    assertThat(subject(port)).isEqualTo("CN=third");
  }

  private void stays() {
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
  }

  /** Files have times of their own, which two quick writes may share. */
  private void later() throws IOException {
    nanos.addAndGet(Duration.ofSeconds(20).toNanos());
    FileTime time = FileTime.fromMillis(nanos.get() / 1_000_000);
    Files.setLastModifiedTime(directory.resolve("cert.pem"), time);
  }

  @Test
  void whoDoesNotShakeHandsIsClosed() throws Exception {
    Duration hour = Duration.ofHours(1);
    ClientLimits limits =
        new ClientLimits(4096, 8192, 100, 0, hour, hour, hour, Duration.ofSeconds(1));
    int port = servers.start(OPTIONS.withTls(tls(ClientAuth.NONE)).withLimits(limits));

    try (RawClient silent = new RawClient(port);
        RawClient plain = new RawClient(port)) {
      plain.send(RawClient.check("a"));
      assertThat(silent.ended()).isTrue();
      while (plain.answered()) {
        // Perhaps an alert.
        assertThat(plain.line()).doesNotContain("HTTP");
      }
    } catch (IOException e) {
      assertThat(e).isNotNull();
    }
    // Elsewhere: a machine that is slow would miss that second.
    assertThat(check(start(ClientAuth.NONE), null).statusCode()).isEqualTo(200);
  }

  @Test
  void aServerThatClosesDropsNothing() throws Exception {
    ScriptedLimiter.Pending pending = new ScriptedLimiter.Pending();
    CheckServer server = servers.closing(CheckServer.start(
        ScriptedLimiter.POLICIES,
        pending.limiter(),
        OPTIONS.withTls(tls(ClientAuth.NONE)).withGrace(Duration.ofMinutes(10))));
    CompletableFuture<HttpResponse<String>> answer = CompletableFuture.supplyAsync(
        () -> {
          try {
            return check(server.port(), null);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        OwnThread.EACH);
    pending.awaitAsked("a");

    CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close, OwnThread.EACH);
    pending.decide("a", 3);

    assertThat(answer.join().body()).contains("\"remaining\":3,");
    closed.join();
  }

  /** As a port scan does. Its place is free for the next one, not only after the handshake's timeout. */
  @Test
  void whoLeavesBeforeTheHandshakeFreesItsPlace() throws Exception {
    Duration never = Duration.ofHours(10);
    ClientLimits limits = new ClientLimits(4096, 8192, 3, 0, never, never, never, never);
    int port = servers.start(OPTIONS.withTls(tls(ClientAuth.NONE)).withLimits(limits));

    for (int i = 0; i < 20; i++) {
      try (RawClient scan = new RawClient(port)) {
        if (i % 2 == 0) {
          scan.send(new byte[] {22, 3, 1});
        }
        scan.shutdownOutput();
        assertThat(scan.ended()).isTrue();
      }
    }

    assertThat(servers.dropped("handshake")).isPositive();
    assertThat(check(port, null).statusCode()).isEqualTo(200);
  }

  @Test
  void filesThatCannotBeUsedAreToldWithoutTheirContent() throws Exception {
    write("key.pem", "-----BEGIN PRIVATE KEY-----\nmarker\n-----END PRIVATE KEY-----\n");

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> tls(ClientAuth.NONE))
        .withMessageContaining("key.pem")
        .withMessageNotContaining("marker");
    Files.delete(directory.resolve("key.pem"));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> tls(ClientAuth.NONE))
        .withMessageContaining("key.pem cannot be read");
  }
}

package dev.ratelab.limiter.redis;

import static org.junit.jupiter.api.Assumptions.abort;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The machine's redis-server, speaking TLS only; the embedded one is built without. */
final class TlsRedis implements AutoCloseable {
  private static final int ATTEMPTS = 5;

  private final Process process;
  private final int port;

  private TlsRedis(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts it in a directory of its own, or skips the test with the reason.
   *
   * @param shown its certificate
   * @param authority whose certificates it takes from clients
   * @param asksClients whether it takes nobody without a certificate
   */
  static TlsRedis start(Path directory, X509Bundle shown, X509Bundle authority, boolean asksClients)
      throws IOException {
    Path binary = Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, "redis-server"))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
    if (binary == null) {
      return abort("no redis-server on the PATH to speak TLS with");
    }
    Path certificate =
        Files.writeString(directory.resolve("redis.pem"), shown.getCertificatePathPEM());
    Path key = Files.writeString(directory.resolve("redis-key.pem"), shown.getPrivateKeyPEM());
    Path clients =
        Files.writeString(directory.resolve("clients.pem"), authority.getCertificatePEM());
    StringBuilder log = new StringBuilder();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = FakeRedis.freePort();
      Process process = new ProcessBuilder(List.of(
              binary.toString(),
              "--port",
              "0",
              "--tls-port",
              "" + port,
              "--bind",
              "127.0.0.1",
              "--tls-cert-file",
              certificate.toString(),
              "--tls-key-file",
              key.toString(),
              "--tls-ca-cert-file",
              clients.toString(),
              "--tls-auth-clients",
              asksClients ? "yes" : "no",
              "--dir",
              directory.toString(),
              "--save",
              "",
              "--appendonly",
              "no"))
          .redirectErrorStream(true)
          .start();
      BufferedReader lines = new BufferedReader(
          new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.contains("Ready to accept connections")) {
          return new TlsRedis(process, port);
        }
        log.append(line).append('\n');
      }
      process.destroyForcibly();
      if (!log.toString().contains("Address already in use")) {
        break;
      }
    }
    if (log.toString().contains("Bad directive")) {
      return abort(binary + " is built without TLS");
    }
    throw new AssertionError("Redis did not start: " + log);
  }

  static X509Bundle authority() throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=authority of a test")
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
  }

  static CertificateBuilder certificate() {
    return new CertificateBuilder().ecp256().subject("CN=redis").addExtendedKeyUsageServerAuth();
  }

  RedisAddress address(String host, TlsFiles files) {
    return RedisAddress.parse("rediss://%s:%d".formatted(host, port)).withFiles(files);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

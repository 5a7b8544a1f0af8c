package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real Redis with certificates that are made for each test: who is not shown to be the one that was named gets no password. */
class RedisOverTlsTest {
  private static final Policy POLICY = Policy.of(
          "p", Algorithm.GCRA, Limit.of(10, Duration.ofDays(1)))
      .withDeadline(Duration.ofMinutes(1));

  @TempDir
  private Path directory;

  private X509Bundle authority;

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = TlsRedis.authority();
  }

  private TlsRedis redis(CertificateBuilder shown, boolean asksClients) throws Exception {
    return TlsRedis.start(directory, shown.buildIssuedBy(authority), authority, asksClients);
  }

  private TlsRedis redis() throws Exception {
    return redis(TlsRedis.certificate().addSanIpAddress("127.0.0.1"), false);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private TlsFiles trusting(X509Bundle trusted) throws IOException {
    return new TlsFiles(write("ca.pem", trusted.getCertificatePEM()), null, null);
  }

  private static void assertDecides(Library library, RedisAddress address) {
    try (RedisClient client = library.connect(address)) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(POLICY, client, "tls-" + library);
      assertThat(limiter.check("a", 3).remaining()).isEqualTo(7);
      assertThat(limiter.checkAsync("a", 3).join().remaining()).isEqualTo(4);
      assertThat(limiter.limiter().failures()).isZero();
    }
  }

  private static AbstractStringAssert<?> refusal(Library library, RedisAddress address) {
    RedisFailure failure = assertThatExceptionOfType(RedisFailure.class)
        .isThrownBy(() -> library.connect(address).close())
        .actual();
    return assertThat(failure.getMessage()).hasLineCount(1);
  }

  @ParameterizedTest
  @EnumSource
  void aCertificateOfTheAuthorityForTheHostIsTrusted(Library library) throws Exception {
    try (TlsRedis redis = redis()) {
      assertDecides(library, redis.address("127.0.0.1", trusting(authority)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCertificateForAHostByNameIsTrusted(Library library) throws Exception {
    try (TlsRedis redis = redis(TlsRedis.certificate().addSanDnsName("localhost"), false)) {
      assertDecides(library, redis.address("localhost", trusting(authority)));
    }
  }

  /** Of the same name, too. */
  @ParameterizedTest
  @EnumSource
  void anotherAuthoritysCertificateIsRefused(Library library) throws Exception {
    try (TlsRedis redis = redis()) {
      refusal(library, redis.address("127.0.0.1", trusting(TlsRedis.authority())))
          .endsWith("the server's certificate is not from an authority that is trusted here");
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutAFileOnlyTheAuthoritiesOfTheRuntimeAreTrusted(Library library) throws Exception {
    try (TlsRedis redis = redis()) {
      refusal(library, redis.address("127.0.0.1", TlsFiles.NONE))
          .endsWith("the server's certificate is not from an authority that is trusted here");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCertificateForAnotherHostIsRefused(Library library) throws Exception {
    try (TlsRedis redis = redis(
        TlsRedis.certificate().addSanDnsName("redis.example.org").addSanIpAddress("127.0.0.2"),
        false)) {
      refusal(library, redis.address("127.0.0.1", trusting(authority)))
          .contains("the server's certificate is not for this host: ", "127.0.0.1");
      refusal(library, redis.address("localhost", trusting(authority)))
          .contains("the server's certificate is not for this host: ", "localhost");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCertificateThatHasExpiredIsRefused(Library library) throws Exception {
    CertificateBuilder old = TlsRedis.certificate()
        .addSanIpAddress("127.0.0.1")
        .notBefore(Instant.now().minus(Duration.ofDays(9)))
        .notAfter(Instant.now().minus(Duration.ofDays(1)));
    try (TlsRedis redis = redis(old, false)) {
      refusal(library, redis.address("127.0.0.1", trusting(authority)))
          .contains("the server's certificate has expired: ");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatAsksForACertificateGetsOne(Library library) throws Exception {
    X509Bundle own = new CertificateBuilder()
        .ecp256()
        .subject("CN=ratelab")
        .addExtendedKeyUsageClientAuth()
        .buildIssuedBy(authority);
    Path certificate = write("own.pem", own.getCertificatePathPEM());
    Path key = write("own-key.pem", own.getPrivateKeyPEM());
    try (TlsRedis redis = redis(TlsRedis.certificate().addSanIpAddress("127.0.0.1"), true)) {
      TlsFiles without = trusting(authority);

      assertDecides(
          library,
          redis.address("127.0.0.1", new TlsFiles(without.authorities(), certificate, key)));
      refusal(library, redis.address("127.0.0.1", without))
          .containsPattern("the server asks? for a client's certificate");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerWithoutTlsIsToldOf(Library library) {
    try (RunningRedis plain = RunningRedis.open("embedded")) {
      refusal(
              library,
              RedisAddress.parse("rediss://127.0.0.1:" + plain.address().port()))
          .contains("speak TLS on this port");
    }
  }

  /** Nothing of a file is told, since it may be the wrong one: a key among the authorities. */
  @ParameterizedTest
  @EnumSource
  void aFileThatCannotBeUsedIsNamedAndNotShown(Library library) throws Exception {
    Path wrong =
        write("wrong.pem", "-----BEGIN PRIVATE KEY-----\nhunter2+\n-----END PRIVATE KEY-----\n");
    Path right = write("right.pem", authority.getCertificatePEM());
    RedisAddress address = RedisAddress.parse("rediss://127.0.0.1:1");

    refusal(library, address.withFiles(new TlsFiles(wrong, null, null)))
        .isEqualTo("the authorities %s cannot be used; accepted: certificates in PEM", wrong);
    refusal(library, address.withFiles(new TlsFiles(null, right, wrong)))
        .startsWith(
            "the certificate %s and its key %s cannot be used; accepted: ".formatted(right, wrong))
        .doesNotContain("hunter2");
    Path absent = directory.resolve("absent.pem");
    refusal(library, address.withFiles(new TlsFiles(absent, null, null)))
        .isEqualTo("the file %s cannot be read: there is no such file", absent);
    Path device = Path.of("/dev/zero");
    refusal(library, address.withFiles(new TlsFiles(null, right, device)))
        .startsWith("the file %s cannot be read: it is a device or a pipe; ".formatted(device));
    assertThatExceptionOfType(RedisFailure.class)
        .as("asking again would meet the same")
        .isThrownBy(() -> LateRedisClient.connect(
                "any", () -> library.connect(address.withFiles(new TlsFiles(absent, null, null))))
            .close());
  }
}

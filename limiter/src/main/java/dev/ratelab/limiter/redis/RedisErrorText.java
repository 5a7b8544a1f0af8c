package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.FailureReason;
import java.io.EOFException;
import java.net.SocketTimeoutException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What an operator can mend, in plain words: the clients' own say it in the terms of the platform's internals. */
final class RedisErrorText {
  // Redis 7.0 has no code of its own for what a script may not do.
  private static final Pattern RIGHTS =
      Pattern.compile("NOPERM|The user executing the script can't ");

  // A Sentinel knows neither SELECT nor scripts.
  private static final Pattern UNKNOWN = Pattern.compile("ERR unknown command ");

  private static final Pattern REFUSED = Pattern.compile(
      "WRONGPASS|NOAUTH|DENIED|ERR AUTH|ERR Client sent AUTH|DB index|SELECT is not allowed|"
          + UNKNOWN + "|" + RIGHTS);
  private static final Pattern MOVES_APART = Pattern.compile("TRYAGAIN ");
  private static final String UNANSWERED = "the TLS handshake was not answered";
  private static final String FAILED = "the TLS handshake failed";

  private RedisErrorText() {}

  /** Whether Redis is there and asking again would meet the same: it refuses, or is none that can be used. */
  static boolean lasts(RedisFailure failure) {
    String tls = tls(failure);
    return (tls != null && !tls.startsWith(UNANSWERED) && !tls.startsWith(FAILED))
        || saying(failure.getCause(), REFUSED) != null
        || causes(failure)
            .anyMatch(each -> each instanceof RedisFailure
                && each.getCause() == null
                && RedisFailure.reason(each) == FailureReason.UNAVAILABLE);
  }

  /** Whether keys of a call lie on two nodes while their slot moves. Nothing was executed then. */
  static boolean movesApart(@Nullable Throwable failure) {
    return saying(failure, MOVES_APART) != null;
  }

  /** What a failure is, or null if nothing is known that its own message does not tell. */
  static @Nullable String in(@Nullable Throwable failure) {
    String refused = saying(failure, RIGHTS);
    if (refused != null) {
      return "the Redis user has too few rights (NOPERM): "
          + refused.replaceFirst("^(?:NOPERM|ERR) ", "");
    }
    String unknown = saying(failure, UNKNOWN);
    return unknown == null
        ? tls(failure)
        : "the server may be a Sentinel, which decides nothing; accepted: the Redis that it watches ("
            + unknown.trim() + ")";
  }

  private static @Nullable String saying(@Nullable Throwable failure, Pattern words) {
    return causes(failure)
        .map(Throwable::getMessage)
        .filter(message -> message != null && words.matcher(message).find())
        .reduce((outer, inner) -> inner)
        .orElse(null);
  }

  private static @Nullable String tls(@Nullable Throwable failure) {
    Throwable expired = first(failure, CertificateExpiredException.class);
    if (expired != null) {
      return "the server's certificate has expired: " + expired.getMessage();
    }
    Throwable early = first(failure, CertificateNotYetValidException.class);
    if (early != null) {
      return "the server's certificate is not valid yet: " + early.getMessage();
    }
    if (first(failure, CertPathBuilderException.class) != null
        || first(failure, CertPathValidatorException.class) != null) {
      return "the server's certificate is not from an authority that is trusted here";
    }
    Throwable certificate = first(failure, CertificateException.class);
    if (certificate != null) {
      return "the server's certificate is not for this host: " + certificate.getMessage();
    }
    Throwable ssl = first(failure, SSLException.class);
    return ssl == null ? null : handshake(ssl);
  }

  private static String handshake(Throwable ssl) {
    String message = String.valueOf(ssl.getMessage());
    String words = message.toLowerCase(Locale.ROOT);
    if (words.contains("certificate_required") || words.contains("bad_certificate")) {
      return "the server asks for a client's certificate: " + message;
    }
    // The first is the JDK's, the second Netty's.
    if (words.contains("unrecognized ssl message") || words.contains("not an ssl/tls record")) {
      return "the server does not speak TLS on this port; accepted there: redis://";
    }
    if (words.contains("timed out")
        || words.contains("terminated the handshake")
        || first(ssl, SocketTimeoutException.class) != null
        || first(ssl, EOFException.class) != null) {
      return UNANSWERED + "; does the server speak TLS on this port? " + message;
    }
    return FAILED + ": " + message;
  }

  private static @Nullable Throwable first(
      @Nullable Throwable failure, Class<? extends Throwable> type) {
    return causes(failure).filter(type::isInstance).findFirst().orElse(null);
  }

  private static Stream<Throwable> causes(@Nullable Throwable failure) {
    return failure == null
        ? Stream.empty()
        : Stream.iterate(failure, each -> each != null, Throwable::getCause);
  }
}

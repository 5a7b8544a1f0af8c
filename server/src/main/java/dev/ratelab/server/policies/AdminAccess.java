package dev.ratelab.server.policies;

import dev.ratelab.server.http.HttpCall;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Who may use the admin API: whoever shows the token, and whoever's certificate has the subject. A certificate that was asked for
 * only so that somebody may check is not enough.
 *
 * @param token the token, or null if there is none
 * @param subject a certificate's subject, or null if there is none
 */
public record AdminAccess(
    @Nullable AdminToken token, @Nullable X500Principal subject) {
  /**
   * The access that these give, or nothing if both are null.
   *
   * @param certificate the distinguished name of a certificate's subject (RFC 2253), such as {@code CN=ops,O=Acme}
   * @throws IllegalArgumentException if it is none
   */
  public static Optional<AdminAccess> of(@Nullable AdminToken token, @Nullable String certificate) {
    if (token == null && certificate == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new AdminAccess(token, certificate == null ? null : new X500Principal(certificate)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "admin certificate is '%s'; accepted: the subject of one, such as CN=ops,O=Acme"
              .formatted(certificate),
          e);
    }
  }

  boolean permits(HttpCall call) {
    String certified = call.certified();
    if (subject != null && certified != null && subject.equals(new X500Principal(certified))) {
      return true;
    }
    List<String> authorization = call.headers().getAll(HttpHeaderNames.AUTHORIZATION);
    return token != null && token.accepts(authorization);
  }
}

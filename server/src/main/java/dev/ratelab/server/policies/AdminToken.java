package dev.ratelab.server.policies;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bearer token (RFC 6750) of the admin API. Only its hash is kept, and hashes are compared, in a time that does not depend on
 * where they differ or on how long what was sent is compared to the token.
 */
public final class AdminToken {
  public static final String VARIABLE = "RATELAB_ADMIN_TOKEN";

  private static final int MIN_LENGTH = 16;
  private static final String ACCEPTED =
      "accepted: at least %s of A-Z a-z 0-9 - . _ ~ + /, then any number of ="
          .formatted(MIN_LENGTH);
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");
  private static final Pattern BEARER = Pattern.compile("(?i:bearer) +([^ ]+) *");

  private final byte[] hash;

  private AdminToken(byte[] hash) {
    this.hash = hash;
  }

  /**
   * The token of the file or of {@link #VARIABLE}, or null if neither is there.
   *
   * @throws ConfigurationException if both are there, or the token is not accepted; the message never has it
   */
  public static @Nullable AdminToken find(@Nullable Path file, @Nullable String variable)
      throws ConfigurationException {
    Secret secret = Secret.find("token", file, VARIABLE, variable);
    return secret == null ? null : of(secret);
  }

  private static AdminToken of(Secret secret) throws ConfigurationException {
    String token = secret.text();
    if (token.length() < MIN_LENGTH) {
      throw secret.wrong("the token is %s characters long; %s".formatted(token.length(), ACCEPTED));
    }
    if (!TOKEN.matcher(token).matches()) {
      throw secret.wrong("the token holds a character that is not accepted; " + ACCEPTED);
    }
    return new AdminToken(sha256(token));
  }

  /** Whether these values of the Authorization field are one, which has the token. */
  boolean accepts(List<String> authorization) {
    if (authorization.size() != 1) {
      return false;
    }
    Matcher bearer = BEARER.matcher(authorization.get(0));
    return bearer.matches() && MessageDigest.isEqual(hash, sha256(bearer.group(1)));
  }

  static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}

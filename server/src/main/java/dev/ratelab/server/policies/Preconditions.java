package dev.ratelab.server.policies;

import dev.ratelab.server.http.Rejection;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What must hold before something is changed (RFC 9110, section 13). Nobody replaces or deletes what he has not seen: without any
 * condition only what is not there yet can be put.
 *
 * @param ifMatch the values of If-Match: one of these tags must be the one there is, none for whatever there is; null without it
 * @param ifNoneMatch whether If-None-Match says that there must be nothing
 */
record Preconditions(@Nullable Set<String> ifMatch, boolean ifNoneMatch) {
  private static final String ANY = "*";
  private static final String TAG = "(?:W/)?\"[\\x21\\x23-\\x7e\\x80-\\xff]*\"";
  private static final Pattern ENTITY_TAG = Pattern.compile(TAG);
  private static final Pattern LIST =
      Pattern.compile("[ \\t,]*+%s(?:[ \\t]*+,[ \\t,]*+%s)*+[ \\t,]*+".formatted(TAG, TAG));

  /** Reads the fields. Rejects with 400 what is not well-formed. */
  static Preconditions of(HttpHeaders headers) {
    List<String> none = headers.getAll(HttpHeaderNames.IF_NONE_MATCH);
    if (!none.isEmpty() && !none.equals(List.of(ANY))) {
      throw bad("If-None-Match is no precondition of a change; accepted: *");
    }
    List<String> match = headers.getAll(HttpHeaderNames.IF_MATCH);
    return new Preconditions(
        match.isEmpty() ? null : tags(String.join(",", match)), !none.isEmpty());
  }

  private static Set<String> tags(String value) {
    if (value.strip().equals(ANY)) {
      return Set.of();
    }
    if (!LIST.matcher(value).matches()) {
      throw bad(
          "If-Match is not well-formed; accepted: the ETag of an answer, with its quotation marks, or *");
    }
    return ENTITY_TAG.matcher(value).results().map(MatchResult::group).collect(Collectors.toSet());
  }

  /** Rejects with 412 if a condition does not hold for the tag of what is there, with 428 if there is none and something is there. */
  void require(@Nullable String tag) {
    if (ifMatch != null && (tag == null || !(ifMatch.isEmpty() || ifMatch.contains(tag)))) {
      throw new Rejection(
          412,
          tag == null
              ? "nothing is there that If-Match could match"
              : "it was changed since, and is %s now; GET it and change that".formatted(tag));
    }
    if (ifNoneMatch && tag != null) {
      throw new Rejection(
          412, "it is there already, as %s; accepted: If-Match with that".formatted(tag));
    }
    if (ifMatch == null && !ifNoneMatch && tag != null) {
      throw new Rejection(
          428,
          "it is there already; accepted: If-Match with the ETag of a GET, so that nobody else's change is lost");
    }
  }

  private static Rejection bad(String detail) {
    return new Rejection(400, detail);
  }
}

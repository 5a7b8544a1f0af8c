package dev.ratelab.cli;

import dev.ratelab.bench.load.HttpRequestTemplate;
import dev.ratelab.bench.load.ProperAnswers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is sent to a URL. */
final class HttpMessageOptions {
  private static final int MOST_HEAD_BYTES = 1 << 24;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      description = "Default: POST, or GET with an empty --body")
  private @Nullable String method;

  @Option(
      names = "--body",
      paramLabel = "TEXT",
      description = "$${key} stands for a request's key. Default: {\"key\":\"$${key}\"}")
  private @Nullable String body;

  @Option(
      names = "--header",
      paramLabel = "'NAME: VALUE'",
      description = "A header field more; may be repeated, with one name too.")
  private List<String> headers = new ArrayList<>();

  @Option(
      names = "--expect-status",
      paramLabel = "LIST",
      defaultValue = ProperAnswers.STATUSES,
      description = "Statuses of a proper answer; any other is an error. Default: ${DEFAULT-VALUE}")
  private String expected;

  @Option(
      names = "--max-head",
      paramLabel = "BYTES",
      defaultValue = "" + ProperAnswers.HEAD_BYTES,
      description =
          "How long the status line of an answer may be, and its header fields together. Default: ${DEFAULT-VALUE}")
  private int headBytes;

  /**
   * The requests.
   *
   * @throws IllegalArgumentException if one of the options cannot be sent
   */
  HttpRequestTemplate template(String url) {
    String sent = Objects.requireNonNullElse(body, HttpRequestTemplate.CHECK_BODY);
    String verb = Objects.requireNonNullElse(method, sent.isEmpty() ? "GET" : "POST");
    return HttpRequestTemplate.of(url, verb, sent, headers);
  }

  /**
   * The answers that are no errors.
   *
   * @throws IllegalArgumentException if one of the options is not accepted
   */
  ProperAnswers proper() {
    if (headBytes < 1 || headBytes > MOST_HEAD_BYTES) {
      throw new IllegalArgumentException(
          "--max-head is %s; accepted: 1 to %s".formatted(headBytes, MOST_HEAD_BYTES));
    }
    return ProperAnswers.of(expected).within(headBytes);
  }
}

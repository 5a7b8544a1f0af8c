package dev.ratelab.cli;

import dev.ratelab.bench.conform.TestedSubject;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Admission;
import dev.ratelab.verification.conform.tested.RequestTemplate;
import dev.ratelab.verification.conform.tested.ScriptTemplate;
import dev.ratelab.verification.conform.tested.Setup;
import dev.ratelab.verification.conform.tested.ShellWords;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedProgram;
import dev.ratelab.verification.conform.tested.TestedRedisCommand;
import dev.ratelab.verification.conform.tested.TestedScript;
import dev.ratelab.verification.conform.tested.TestedUrl;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Which limiter is tested, and how it is asked. */
final class TestedOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "URL",
      description =
          "A limiter behind a URL, with $${key} where the key goes: 'http://localhost:8080/check?key=$${key}'")
  private @Nullable String url;

  @Option(
      names = "--request",
      paramLabel = "TEMPLATE",
      defaultValue = "GET",
      description = {
        "With a URL: the method, and the body if there is one, with $${key} and $${cost}:",
        "'POST {\"key\":\"$${key}\",\"cost\":$${cost}}'. Default: ${DEFAULT-VALUE}"
      })
  private String request;

  @Option(
      names = "--header",
      paramLabel = "FIELD",
      description = "With a URL: a header field, such as 'X-User: $${key}'. May be repeated.")
  private List<String> headers = new ArrayList<>();

  @Option(
      names = "--allowed-field",
      paramLabel = "NAME",
      description =
          "With a URL: the field of the JSON answer that is true or false, such as allowed. Default: the status tells")
  private @Nullable String allowedField;

  @Option(
      names = "--denied-status",
      paramLabel = "STATUS",
      split = ",",
      defaultValue = "429",
      description = {
        "With a URL: the statuses of a denial, such as 429,503; nginx's own is 503. 200 to 299 is an admission, any other no",
        "answer. Default: ${DEFAULT-VALUE}"
      })
  private Set<Integer> deniedStatus;

  @Option(
      names = "--held-url",
      paramLabel = "URL",
      description = "With a URL: where it tells, as a plain number, how many keys it holds.")
  private @Nullable URI heldUrl;

  @Option(
      names = "--command",
      paramLabel = "COMMAND",
      description =
          "A program that answers a line of JSON for each line of JSON: docs/conform-protocol.md")
  private @Nullable String command;

  @Option(
      names = "--script",
      paramLabel = "FILE.lua",
      description = "A Lua script, run on the Redis of --redis.")
  private @Nullable Path script;

  @Option(
      names = "--key",
      paramLabel = "TEMPLATE",
      description = "With --script: a key that it is given. May be repeated.")
  private List<String> keys = new ArrayList<>();

  @Option(
      names = "--argv",
      paramLabel = "TEMPLATE",
      description = {
        "With --script: an argument. May be repeated. Templates know $${key} $${namespace} $${limit} $${burst} $${cost} $${random}",
        "$${rate_per_s} and $${window_...} and $${now_...} in s, ms and us."
      })
  private List<String> argv = new ArrayList<>();

  @Option(
      names = "--reply",
      paramLabel = "READING",
      description =
          "With --script: how its reply is read, such as 'allowed=[0]==1, remaining=[1]': docs/conform.md")
  private @Nullable String reply;

  @Option(
      names = "--subject",
      paramLabel = "NAME",
      description = {
        "A limiter that is built in, such as gcra@memory or bucket4j@redis/lettuce, or a command of the Redis of --redis:",
        "increx or cl.throttle."
      })
  private @Nullable String subject;

  /** Whether it may keep its state on a Redis that is given to it. */
  boolean takesRedis() {
    return url == null;
  }

  /** Whether it does nothing without a Redis. */
  boolean needsRedis() {
    return script != null || isRedisCommand();
  }

  /** A name for messages and files. */
  String name() {
    if (url != null) {
      return URI.create(url.replaceAll("[?{$].*", "")).getHost();
    }
    if (command != null) {
      return String.valueOf(Path.of(ShellWords.split(command).get(0)).getFileName());
    }
    return script != null ? String.valueOf(script.getFileName()) : String.valueOf(subject);
  }

  /** Throws {@link ParameterException} unless exactly one limiter is named. */
  void requireOne() {
    long named = List.of(url != null, command != null, script != null, subject != null).stream()
        .filter(given -> given)
        .count();
    if (named != 1) {
      throw wrong("%s named; accepted: one of a URL, --command, --script and --subject"
          .formatted(named == 0 ? "no limiter is" : "several limiters are"));
    }
  }

  /**
   * Has it ready to be asked.
   *
   * @param redis the URL of a Redis, or null
   * @throws ParameterException if the options do not fit
   * @throws dev.ratelab.verification.conform.tested.NoAnswerException if it cannot be had
   */
  TestedLimiter open(Limit limit, @Nullable String redis) {
    String namespace = "ratelab-conform-" + UUID.randomUUID() + ":";
    try {
      if (url != null) {
        Admission admission = allowedField == null
            ? new Admission(null, deniedStatus)
            : Admission.byField(allowedField);
        return new TestedUrl(RequestTemplate.parse(url, request, headers), admission, heldUrl);
      }
      Setup setup = new Setup(limit, redis == null ? "" : redis, namespace);
      if (command != null) {
        return TestedProgram.start(ShellWords.split(command), Path.of("."), setup);
      }
      if (script != null) {
        if (reply == null) {
          throw new IllegalArgumentException(
              "--script needs --reply: how its reply is read, such as 'allowed=[0]==1'");
        }
        return TestedScript.connect(
            ScriptTemplate.parse(name(), Files.readString(script), keys, argv, reply), setup);
      }
      if (isRedisCommand()) {
        return TestedRedisCommand.connect(String.valueOf(subject), setup);
      }
      return TestedSubject.open(TestedSubject.parse(String.valueOf(subject)), limit, redis);
    } catch (IllegalArgumentException | IOException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private boolean isRedisCommand() {
    return "increx".equals(subject) || "cl.throttle".equals(subject);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}

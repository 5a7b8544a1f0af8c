package dev.ratelab.server.command;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.FailurePolicy;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** How every command tells what went wrong: in one line that names the command, without a stack trace. */
public final class PlainErrors {
  // What Java reads in place of bytes that are no characters in the locale.
  private static final char UNREADABLE = '\ufffd';

  private PlainErrors() {}

  /** The command line around a command, ready to be executed. Exit codes: 2 for bad usage, 1 for a failure. */
  public static CommandLine commandLine(Object command) {
    return new CommandLine(command)
        .registerConverter(Long.TYPE, text -> whole(text, Long::valueOf))
        .registerConverter(Long.class, text -> whole(text, Long::valueOf))
        .registerConverter(Integer.TYPE, text -> whole(text, Integer::valueOf))
        .registerConverter(Integer.class, text -> whole(text, Integer::valueOf))
        .registerConverter(Path.class, PlainErrors::path)
        .registerConverter(Duration.class, known(DurationText::parse))
        .registerConverter(Algorithm.class, known(Algorithm::of))
        .registerConverter(FailurePolicy.class, known(FailurePolicy::of))
        .registerConverter(
            PolicyPlace.class, text -> word(text, "place for policies", PolicyPlace.values()))
        .registerConverter(
            RedisClientKind.class, text -> word(text, "client", RedisClientKind.values()))
        .registerConverter(LogFormat.class, text -> word(text, "log format", LogFormat.values()))
        .registerConverter(
            TraceExporter.class, text -> word(text, "way to send traces", TraceExporter.values()))
        .setExecutionStrategy(PlainErrors::run)
        .setParameterExceptionHandler(PlainErrors::badUsage)
        .setExecutionExceptionHandler(PlainErrors::failed);
  }

  /** Reads a file's name. Throws {@link TypeConversionException} if the locale cannot spell it: Java then finds no such file. */
  public static Path path(String text) {
    try {
      Path path = Path.of(text);
      if (text.indexOf(UNREADABLE) < 0 || Files.exists(path)) {
        return path;
      }
    } catch (InvalidPathException e) {
      // Told below.
    }
    throw new TypeConversionException(
        "'%s' is a name that this locale, of encoding %s, cannot spell; accepted: a name that it can, or another locale, such as LC_ALL=C.UTF-8"
            .formatted(text, System.getProperty("sun.jnu.encoding")));
  }

  /** Java itself fails, with a stack trace, where it cannot spell the directories that it works in. */
  private static int run(ParseResult parsed) {
    Map.of("the current directory", "user.dir", "the temporary directory", "java.io.tmpdir")
        .forEach((what, property) -> {
          try {
            var unused = path(System.getProperty(property));
          } catch (TypeConversionException e) {
            throw new ParameterException(
                parsed.commandSpec().commandLine(), what + " " + e.getMessage());
          }
        });
    return new CommandLine.RunLast().execute(parsed);
  }

  private static int badUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().printf("%s: %s%s; see %s --help%n", name, message(e), suggestions(e), name);
    return CommandLine.ExitCode.USAGE;
  }

  private static String message(ParameterException e) {
    CommandLine command = e.getCommandLine();
    if (!(e instanceof UnmatchedArgumentException unmatched) || unmatched.isUnknownOption()) {
      return withOption(command, Objects.requireNonNullElse(e.getMessage(), e.toString()));
    }
    String argument = unmatched.getUnmatched().get(0);
    return command.getSubcommands().isEmpty()
            || !command.getCommandSpec().positionalParameters().isEmpty()
        ? "'%s' is one argument too many".formatted(argument)
        : "there is no command '%s'; accepted: %s"
            .formatted(argument, String.join(", ", command.getSubcommands().keySet()));
  }

  /** Names the option that was given where its value was refused by the name of its option or, as the permits of a limit, of its field. */
  private static String withOption(CommandLine command, String message) {
    int is = Math.max(0, message.indexOf(" is "));
    String name = message.substring(0, is);
    String option = "--" + (name.equals("permits") ? "limit" : name.replace(' ', '-'));
    return command.getParseResult().hasMatchedOption(option)
        ? option + message.substring(is)
        : message;
  }

  private static String suggestions(ParameterException e) {
    List<String> alike =
        e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
    return alike.isEmpty() ? "" : "; did you mean %s?".formatted(String.join(" or ", alike));
  }

  private static <T> T whole(String text, Function<String, T> parsed) {
    try {
      return parsed.apply(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'%s' is not a whole number, or too large".formatted(text));
    }
  }

  /** Reads an option's text. Where that throws {@link IllegalArgumentException}, its message is told after the option's name. */
  public static <T> ITypeConverter<T> known(Function<String, T> parsed) {
    return text -> {
      try {
        return parsed.apply(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    };
  }

  /** The constant whose name is this word, in lower case. */
  private static <T extends Enum<T>> T word(String text, String what, T[] values) {
    List<String> words = Arrays.stream(values)
        .map(value -> value.name().toLowerCase(Locale.ROOT))
        .toList();
    if (!words.contains(text)) {
      throw new TypeConversionException(
          "'%s' is no %s; accepted: %s".formatted(text, what, String.join(", ", words)));
    }
    return values[words.indexOf(text)];
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) {
    String name = command.getCommandSpec().qualifiedName();
    command
        .getErr()
        .printf("%s: %s%n", name, Objects.requireNonNullElse(e.getMessage(), e.toString()));
    return CommandLine.ExitCode.SOFTWARE;
  }
}

package dev.ratelab.verification.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The module's README, in which each test keeps the tables of its own. */
final class Readme {
  private static final Path PAGE = Path.of("README.md");

  private Readme() {}

  /** Compares the tables of a part with those that were found, or writes them with {@code -Dratelab.write=true}. */
  static void says(String part, String tables) throws IOException {
    String page = Files.readString(PAGE);
    String opening =
        "<!-- %s: the mutation profile compares it; -Dratelab.write=true writes it -->\n"
            .formatted(part);
    String closing = "<!-- end of %s -->\n".formatted(part);
    assertThat(page).contains(opening).contains(closing);
    int begin = page.indexOf(opening) + opening.length();
    int end = page.indexOf(closing);
    if (Boolean.getBoolean("ratelab.write")) {
      Files.writeString(
          PAGE, page.substring(0, begin) + "\n" + tables + "\n" + page.substring(end));
    } else {
      assertThat(page.substring(begin, end)).isEqualTo("\n" + tables + "\n");
    }
  }
}

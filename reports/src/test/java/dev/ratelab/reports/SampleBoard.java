package dev.ratelab.reports;

import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.Scoreboard;
import dev.ratelab.reports.results.Scoreboard.Allowed;
import dev.ratelab.reports.results.Scoreboard.Entry;
import dev.ratelab.reports.results.Scoreboard.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A scoreboard of invented systems: one without a finding, one with three, and those that were not tested. */
final class SampleBoard {
  private static final String PROMISE =
      "\"promise\":{\"algorithm\":\"%s\",\"permits\":10,\"window_us\":1000000,\"burst\":10,\"words\":\"%s\",\"link\":\"%s\"}";

  private SampleBoard() {}

  static Path write(Path directory) throws IOException {
    Files.createDirectories(directory.resolve("raw"));
    Files.writeString(directory.resolve(ConformVerdict.raw("sound")), """
        {"schema":1,"name":"sound","version":"1.2","backend":"memory",%s,"behaves_like":"token-bucket","reached_limit":true,
         "most_in_window":19,"keys":326,"requests":7980,"seconds":7.8,"abilities":["COST","HELD","ANOTHER","CLOCK"],
         "told":["remaining","retryAfter","resetAfter"],"findings":[]}
        """.formatted(
            PROMISE.formatted("gcra", "as <a queue>", "https://example.org/sound")));
    Files.writeString(directory.resolve(ConformVerdict.raw("faulty")), """
        {"schema":1,"name":"faulty","version":"3","backend":"redis",%s,"behaves_like":"none","reached_limit":true,
         "most_in_window":25,"keys":326,"requests":7980,"seconds":7.8,"abilities":["HELD"],"told":["retryAfter"],"untried":["a race of two instances: 'node a.mjs' <ended>"],
         "findings":[
         {"fault":"RACE","title":"counts wrongly when asked from several places at once","sentence":"30 admitted within 2.0 ms, where fixed-window allows 20","attack":"RACE","keys":3,"file":"raw/conform-faulty-race.json"},
         {"fault":"RETRY_AFTER","title":"tells a wrong wait until the next admission","sentence":"told too early","attack":"WAIT_TOLD","keys":1,"file":"raw/conform-faulty-lost.json"},
         {"fault":"NEVER_FORGETS","title":"keeps state that is over","sentence":"it held all","attack":"AT_ONCE","keys":9,"file":"raw/conform-faulty-never-forgets.json"}]}
        """.formatted(
            PROMISE.formatted("fixed-window", "ten a second", "https://example.org/faulty")));
    Files.writeString(directory.resolve("raw/conform-faulty-race.json"), """
        {"schema":1,"system":"faulty","fault":"RACE","sentence":"","requests":[
         {"key":0,"instance":0,"cost":1,"sent_us":0,"answered_us":1500,"allowed":true,"remaining":9,"retry_after_us":0},
         {"key":0,"instance":1,"cost":1,"sent_us":100,"answered_us":1600,"allowed":true},
         {"key":0,"instance":1,"cost":1,"sent_us":100,"answered_us":1700,"allowed":false,"retry_after_us":250500},
         {"key":0,"instance":0,"cost":1,"sent_us":200,"answered_us":1900}],
         "series":[{"name":"admitted","points":[{"tau_us":1501,"value":1},{"tau_us":1601,"value":30}]},
                   {"name":"bound","points":[{"tau_us":1,"value":10},{"tau_us":1600,"value":20}]}]}
        """);
    Files.writeString(directory.resolve("raw/conform-faulty-never-forgets.json"), """
        {"schema":1,"requests":[],"series":[{"name":"admitted","points":[]},{"name":"bound","points":[{"tau_us":1,"value":10}]}]}
        """);
    new Scoreboard(
            Map.of("cpu", "an <old> one"),
            List.of(
                entry("absent", State.ABSENT, "in there: npm ci"),
                entry("broken", State.FAILED, "its last words: no"),
                new Entry(
                    "faulty",
                    "3",
                    "node",
                    "redis",
                    "",
                    "fixed-window",
                    "",
                    "",
                    State.TESTED,
                    "",
                    List.of(new Allowed(
                        "NEVER_FORGETS", "keeps it for a day", "https://example.org/day"))),
                entry("late", State.WAITING, ""),
                entry("sound", State.TESTED, "")))
        .write(directory);
    return directory;
  }

  private static Entry entry(String name, State state, String why) {
    return new Entry(
        name, "1.2", "node", "memory", "gcra@memory", "gcra", "", "", state, why, List.of());
  }
}

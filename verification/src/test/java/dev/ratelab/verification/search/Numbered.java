package dev.ratelab.verification.search;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Values by number, in the order in which they come, from 0. Equal values have one number. */
final class Numbered<T> {
  private final Map<T, Integer> numbers = new HashMap<>();
  private final List<T> values = new ArrayList<>();

  int size() {
    return values.size();
  }

  T get(int number) {
    return values.get(number);
  }

  /** The number of a value, which is the size before if the value is new. */
  int number(T value) {
    Integer known = numbers.putIfAbsent(value, values.size());
    if (known != null) {
      return known;
    }
    values.add(value);
    return values.size() - 1;
  }
}

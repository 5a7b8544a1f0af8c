package dev.ratelab.verification.search;

import java.util.Arrays;

/** As {@link Numbered}, for millions of keys that are numbers themselves. */
final class NumberedLongs {
  private long[] keys = new long[1 << 10];
  private int[] slots = new int[1 << 12];
  private int size;

  int size() {
    return size;
  }

  long key(int number) {
    return keys[number];
  }

  int number(long key) {
    int slot = find(key);
    if (slots[slot] > 0) {
      return slots[slot] - 1;
    }
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size);
    }
    keys[size++] = key;
    slots[slot] = size;
    if (2 * size > slots.length) {
      slots = new int[2 * slots.length];
      for (int i = 0; i < size; i++) {
        slots[find(keys[i])] = i + 1;
      }
    }
    return size - 1;
  }

  private int find(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 32) & slots.length - 1;
    while (slots[slot] > 0 && keys[slots[slot] - 1] != key) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }
}

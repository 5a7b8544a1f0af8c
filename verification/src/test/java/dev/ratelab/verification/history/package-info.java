/** Checks made at the same time: who was told what when, and whether one order of them explains it. */
@NullMarked
package dev.ratelab.verification.history;

import org.jspecify.annotations.NullMarked;

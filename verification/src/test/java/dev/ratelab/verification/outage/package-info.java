/** What callers get while a real Redis breaks, scripted so that it can be repeated, and counted. */
@NullMarked
package dev.ratelab.verification.outage;

import org.jspecify.annotations.NullMarked;

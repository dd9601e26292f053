"""Compares a window's profile with a baseline: distances, tests and verdicts.

comparison        the entry: columns, mode, joined windows and history
settings          what is chosen for a monitor and for each feature; errors of settings that cannot apply
measurement       what a window and a baseline have in common, in numbers
distances         Kolmogorov-Smirnov, L-infinity, chi-squared, Wasserstein
divergences       PSI and Jensen-Shannon without the bias of small samples
tails             tails of the binomial and the hypergeometric distribution
significance      p-values, shared levels, smallest effects
candidates        the checks of a window before their levels are known
promise           from a promise about false pages to levels
promise_mode      the verdict under the promise
compatible_mode   the verdict by Model Monitor's documented rules
history           what is remembered from run to run
sentences         the sentences of checks
verdict           the result of a comparison
"""

"""The rules of court AVL scheduling: standard library only, no clock, no database.

Words (the whole glossary is in the README): a *booking* is one AVL arrangement; an
*appearance* is one person in custody taking part from one remote point; a *leg* is a stretch of
a booking (pre-conference, hearing, post-conference); a *resource* can be in one place at a
time; a *hold* keeps one resource for one leg; an *offer* is a complete, verified way to place a
booking; a *clash* is why one cannot be placed; a *warning* is unwise but allowed with a reason.
"""

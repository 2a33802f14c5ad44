"""Facts become texts: pure rendering, no database, no clock.

One folder per message under ``templates/messages``; a word that the template asks for and the
facts do not give is an error, never an empty space on counsel's phone.
"""

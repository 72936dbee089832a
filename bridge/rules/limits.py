"""How much the rules may do with one alert; far above use, far below harm."""

MAX_SUBJECT = 250  #: characters
MAX_FILES = 10  #: attachments of one ticket
MAX_SEEN = 100_000  #: characters of a label or annotation that templates see
MAX_SECONDS_IN_ALL = 2.0  #: for all templates of one alert
MAX_FAULT = 500  #: characters of what is said of a failure; it may quote the alert
MAX_KEY = 500  #: characters; a longer key is cut and told apart by its digest

//! Door 1: the command line, one file per subcommand.

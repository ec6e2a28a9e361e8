// For editors only: scala-cli directives, from which Metals and IntelliJ (`scala-cli setup-ide
// jvm-shim`) know the class path. Nothing here is compiled or shipped; neptune_spark._start.shim
// builds the jar. To look at another Spark line, change its folder and its version below.

//> using scala 2.13.18
//> using jvm 17
//> using options -Xlint -deprecation -Xfatal-warnings -release 17
//> using file src/main/scala
//> using file src/main/scala-spark-4.x
//> using file src/main/scala-spark-4.2/org/apache/spark/neptune/compat
//> using file src/main/scala-spark-4.3
//> using resourceDir src/main/resources
//> using compileOnly.dep org.apache.spark::spark-sql:4.3.0

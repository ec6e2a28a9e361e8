package org.apache.spark.neptune.ui

import scala.io.Source
import scala.xml.{Node, Text, Unparsed}

import org.apache.spark.neptune.compat.ScriptNonce

/** The pages' scripts and styles, which are within the pages: Spark's own handler for such files
 *  does not look into a jar of `spark.jars`.
 */
private[neptune] object Assets {
  private val styles = read("neptune.css")
  private val code = Seq("marks.js", "charts.js", "pages.js", "neptune.js").map(read)

  /** Has them read, while the class loader can: see EarlyClasses. */
  def prepare(): Unit = ()

  def style: Node = <style>{Unparsed(styles)}</style>

  /** To be run where they are in the page. */
  def scripts: Seq[Node] = {
    val nonce = ScriptNonce.ofThisRequest.map(Text(_))
    code.map(text => <script nonce={nonce}>{Unparsed(text)}</script>)
  }

  private def read(name: String): String = {
    val in = getClass.getResourceAsStream(name)
    try Source.fromInputStream(in, "UTF-8").mkString finally in.close()
  }
}
